#pragma once

/// How often people come: on how many days, weeks or months of a range.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "query/bounds.hpp"
#include "query/declaration.hpp"
#include "query/source.hpp"

namespace tidemark::query {

struct StickinessRow {
  static constexpr std::string_view kName = "StickinessRow";
  static constexpr auto columns() {
    return std::tuple{
        Column{"intervals", &StickinessRow::intervals},
        Column{"users", &StickinessRow::users, "Users active in exactly this number of intervals"},
        Column{"at_least", &StickinessRow::at_least,
               "Users active in this number of intervals or more"}};
  }

  std::uint64_t intervals = 0;
  std::uint64_t users = 0;
  std::uint64_t at_least = 0;
};

struct StickinessRatio {
  static constexpr std::string_view kName = "StickinessRatio";
  static constexpr auto columns() {
    return std::tuple{Column{"date", &StickinessRatio::date}, Column{"dau", &StickinessRatio::dau},
                      Column{"mau", &StickinessRatio::mau},
                      Column{"ratio", &StickinessRatio::ratio,
                             "dau / mau to 4 places; null where nobody was active in 30 days"}};
  }

  event::LocalDay date;
  std::uint64_t dau = 0;
  std::uint64_t mau = 0;
  Rate ratio;
};

/// Users by the number of intervals of `range` in which they have a matching event. An interval is
/// the part of a calendar day, of a week from Monday on, or of a calendar month that lies in the
/// range.
struct Stickiness {
  Scope scope;
  event::DayRange range;
  Period interval = Period::Day;

  using Row = StickinessRow;
  static constexpr std::string_view kKey = "stickiness";
  static constexpr std::string_view kAnswer = "Stickiness";
  static constexpr std::string_view kRows =
      "One entry for each number of intervals, from 1 to all of the range, zeros too";

  static constexpr auto names() {
    return std::array{Named<Stickiness>{
        "stickiness", "stickiness",
        "Users by the number of days, weeks or months on which they were active"}};
  }
  static constexpr auto fields() {
    return std::tuple_cat(
        range_fields(),
        std::tuple{QuestionField{.name = "interval",
                                 .at = [](auto& asked) -> auto& { return asked.interval; },
                                 .meaning = "Interval that is counted; weeks begin on Monday"}});
  }
  static std::vector<std::pair<std::string_view, const Shape*>> beside() {
    return {{"ratio", &shape_of<StickinessRatio>()}};
  }

  [[nodiscard]] event::DayRange days() const { return range; }
  [[nodiscard]] std::optional<ParameterFault> fault() const { return check_range(range); }
  [[nodiscard]] std::string definition() const;
};

base::Result<Answer> fold(const Stickiness& asked, Source& source);

}  // namespace tidemark::query
