#pragma once

/// Which events happen most.

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

struct TopEventsRow {
  static constexpr std::string_view kName = "TopEventsRow";
  static constexpr auto columns() {
    return std::tuple{Column{"event_type", &TopEventsRow::event_type},
                      Column{"count", &TopEventsRow::count},
                      Column{"unique_users", &TopEventsRow::unique_users}};
  }

  std::string event_type;
  std::uint64_t count = 0;
  std::uint64_t unique_users = 0;
};

using TopEventsRows = std::vector<TopEventsRow>;

/// Event types by number of matching events, ties by the bytes of the name.
struct TopEvents {
  Scope scope;
  event::DayRange range;
  std::uint32_t limit = 10;

  using Row = TopEventsRow;
  static constexpr std::string_view kKey = "top";
  static constexpr std::string_view kAnswer = "TopEvents";
  static constexpr std::string_view kRows = "Most frequent first, ties by the name's bytes";

  static constexpr auto names() {
    return std::array{
        Named<TopEvents>{"top-events", "topEvents", "Event types by how often they happened"}};
  }
  static constexpr auto fields() {
    return std::tuple_cat(
        range_fields(),
        std::tuple{QuestionField{.name = "limit",
                                 .at = [](auto& asked) -> auto& { return asked.limit; },
                                 .meaning = "Most event types in the answer",
                                 .least = 1,
                                 .most = kLimitMax}});
  }

  [[nodiscard]] event::DayRange days() const { return range; }
  [[nodiscard]] std::optional<ParameterFault> fault() const { return check_range(range); }
  [[nodiscard]] std::string definition() const;
};

base::Result<Answer> fold(const TopEvents& asked, Source& source);

}  // namespace tidemark::query
