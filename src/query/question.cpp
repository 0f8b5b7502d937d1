#include "query/question.hpp"

namespace tidemark::query {
namespace {

std::string which_events(const Scope& scope) {
  if (scope.segment.empty()) return "event";
  return scope.segment.conditions.size() == 1 ? "event that matches the segment"
                                              : "event that matches every segment";
}

std::string in_zone(const Scope& scope) { return " in " + scope.zone->name(); }

std::string define(const ActiveUsers& asked) {
  const auto event = which_events(asked.scope);
  if (asked.trailing_days == 1) {
    return "Distinct users with at least one " + event + " on the calendar day" +
           in_zone(asked.scope) + ".";
  }
  return "Distinct users with at least one " + event + " on any of the " +
         std::to_string(asked.trailing_days) + " calendar days" + in_zone(asked.scope) +
         " that end with the date.";
}

std::string define(const TopEvents& asked) {
  const std::string which = asked.scope.segment.empty() ? "events" : "events that match";
  return "Event types by the number of " + which + " from the first to the last day" +
         in_zone(asked.scope) +
         ", both included, most first and ties by the bytes of the name; unique_users are the "
         "distinct users of those events.";
}

std::string period_of(const Retention& asked) {
  switch (asked.period) {
    case Period::Day:
      return "calendar day";
    case Period::Week:
      return "seven calendar days, counted from start_date,";
    case Period::Month:
      return "calendar month";
  }
  return "";
}

std::string define(const Retention& asked) {
  const auto event = which_events(asked.scope);
  std::string text = "A window is one " + period_of(asked) + in_zone(asked.scope) +
                     "; a cohort are the users with at least one " + event + " in window 0";
  if (asked.cohort == CohortKind::FirstSeen) {
    text += " whose first event of all is also in it";
  }
  text += "; users counts those of them with at least one " + event + " in window k";
  if (asked.mode == ReturnMode::OnOrAfter) text += " or at any time after it";
  return text + ", and rate is users divided by cohort_size.";
}

}  // namespace

event::LocalDay Retention::window_begin(std::int32_t c, std::int32_t k) const {
  switch (period) {
    case Period::Day:
      return start.plus(c + k);
    case Period::Week:
      return start.plus(7 * (c + k));
    case Period::Month:
      return event::add_months(start, c + k);
  }
  return start;
}

const Scope& scope_of(const Question& question) {
  return std::visit([](const auto& asked) -> const Scope& { return asked.scope; }, question);
}

std::string definition_of(const Question& question) {
  return std::visit([](const auto& asked) { return define(asked); }, question);
}

}  // namespace tidemark::query
