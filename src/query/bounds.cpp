#include "query/bounds.hpp"

#include "event/limits.hpp"

namespace tidemark::query {
namespace {

// Events are bounded in UTC: in the west the first ones have an earlier local day, in the east the
// last ones a later one. No zone's clock differs from UTC by a whole day.
constexpr event::LocalDay kDayMin{-1};
constexpr event::LocalDay kDayMax{
    static_cast<std::int32_t>(event::kOccurredAtEnd / base::kMicrosPerDay)};

}  // namespace

std::optional<ParameterFault> check_day(event::LocalDay day, std::string_view name) {
  if (day >= kDayMin && day <= kDayMax) return std::nullopt;
  return ParameterFault{std::string(name), "out_of_range",
                        "expected a date from " + to_string(kDayMin) + " to " + to_string(kDayMax) +
                            ", received " + to_string(day)};
}

std::optional<ParameterFault> check_range(event::DayRange range, std::string_view from_name,
                                          std::string_view to_name) {
  if (auto fault = check_day(range.from, from_name)) return fault;
  if (auto fault = check_day(range.to, to_name)) return fault;
  if (range.to < range.from) {
    return ParameterFault{std::string(to_name), "out_of_range",
                          "the range ends before it begins: expected a date not before " +
                              std::string(from_name) + " (" + to_string(range.from) +
                              "), received " + to_string(range.to)};
  }
  if (range.days() > kRangeDaysMax) {
    return ParameterFault{std::string(to_name), "out_of_range",
                          "the range is too long: expected at most " +
                              std::to_string(kRangeDaysMax) + " days, received " +
                              std::to_string(range.days())};
  }
  return std::nullopt;
}

std::optional<ParameterFault> check_conditions(std::size_t conditions) {
  if (conditions <= kConditionsMax) return std::nullopt;
  return ParameterFault{"segment", "too_many",
                        "expected at most " + std::to_string(kConditionsMax) +
                            " conditions, received " + std::to_string(conditions)};
}

}  // namespace tidemark::query
