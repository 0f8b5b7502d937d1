#pragma once

/// How many people are active: dau, wau, mau.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "query/bounds.hpp"
#include "query/declaration.hpp"
#include "query/source.hpp"

namespace tidemark::query {

struct ActiveUsersRow {
  static constexpr std::string_view kName = "ActiveUsersRow";
  static constexpr auto columns() {
    return std::tuple{Column{"date", &ActiveUsersRow::date},
                      Column{"active_users", &ActiveUsersRow::active_users}};
  }

  event::LocalDay date;
  std::uint64_t active_users = 0;
};

using ActiveUsersRows = std::vector<ActiveUsersRow>;

/// Users with at least one matching event in the `trailing_days` days that end with each day of
/// `range`: 1 for dau, 7 for wau, 30 for mau. The trailing days may begin before the range.
struct ActiveUsers {
  Scope scope;
  event::DayRange range;
  std::int32_t trailing_days = 1;

  using Row = ActiveUsersRow;
  static constexpr std::string_view kKey = "active";
  static constexpr std::string_view kAnswer = "ActiveUsers";
  static constexpr std::string_view kRows = "One entry for each day of the range, zeros too";

  static constexpr auto names() {
    return std::array{Named<ActiveUsers>{"dau", "dailyActiveUsers", "Users active on each day"},
                      Named<ActiveUsers>{"wau", "weeklyActiveUsers",
                                         "Users active in the 7 days that end with each day",
                                         [](ActiveUsers& asked) { asked.trailing_days = 7; }},
                      Named<ActiveUsers>{"mau", "monthlyActiveUsers",
                                         "Users active in the 30 days that end with each day",
                                         [](ActiveUsers& asked) { asked.trailing_days = 30; }}};
  }
  static constexpr auto fields() { return range_fields(); }
  static constexpr auto presets() {
    return std::tuple{[](auto& asked) -> auto& { return asked.trailing_days; }};
  }

  [[nodiscard]] event::DayRange days() const { return range; }
  [[nodiscard]] std::optional<ParameterFault> fault() const { return check_range(range); }
  [[nodiscard]] std::string definition() const;
};

base::Result<Answer> fold(const ActiveUsers& asked, Source& source);

}  // namespace tidemark::query
