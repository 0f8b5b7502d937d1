#include "api/event_filters.hpp"

#include <utility>
#include <variant>

#include "api/scoping.hpp"
#include "query/bounds.hpp"

namespace tidemark::api {
namespace {

using http::Fault;

query::Condition equals(query::Field field, const std::string& value) {
  return {.field = field, .path = {}, .op = query::Operator::Equal, .values = {value}};
}

void add_conditions(const EventFilters& filters, std::vector<query::Condition>& conditions,
                    std::vector<Fault>& faults) {
  conditions = filters.segments;
  if (filters.event_type) {
    conditions.push_back(equals(query::Field::EventType, *filters.event_type));
  }
  if (filters.user_id) conditions.push_back(equals(query::Field::UserId, *filters.user_id));
  for (const auto& property : filters.properties) {
    auto condition = query::parse_condition("properties." + property.key + "=" + property.value);
    if (condition) {
      conditions.push_back(std::move(*condition));
    } else {
      faults.push_back({.field = "properties." + property.key,
                        .code = "invalid_parameter",
                        .message = condition.error().message()});
    }
  }
}

void check_bounds(const query::ListEvents& question, std::vector<Fault>& faults) {
  const bool days_crossed =
      question.from_day && question.to_day && *question.from_day > *question.to_day;
  const bool instants_crossed = question.from && question.to && *question.from > *question.to;
  // A day and an instant are compared by the day that the instant is in.
  const auto& zone = *question.scope.zone;
  const bool day_after =
      question.from_day && question.to && *question.from_day > zone.day_of(*question.to);
  const bool instant_after =
      question.from && question.to_day && zone.day_of(*question.from) > *question.to_day;
  if (days_crossed || instants_crossed || day_after || instant_after) {
    faults.push_back({.field = "from",
                      .code = "invalid_parameter",
                      .message = "must not be after `to`; an earlier `to` was received"});
  }
  if (auto many = query::check_conditions(question.scope.segment.conditions.size())) {
    faults.push_back({.field = many->field, .code = many->code, .message = many->message});
  }
}

}  // namespace

query::ListEvents question_of(const EventFilters& filters, const Service& service,
                              const http::Request& request, std::vector<Fault>& faults) {
  query::ListEvents question;
  question.scope.project = project_of(request);
  question.scope.zone = filters.tz ? *filters.tz : zone_of(service, question.scope.project);
  add_conditions(filters, question.scope.segment.conditions, faults);
  if (filters.from) {
    if (const auto* day = std::get_if<event::LocalDay>(&filters.from->value))
      question.from_day = *day;
    else
      question.from = std::get<event::Micros>(filters.from->value);
  }
  if (filters.to) {
    if (const auto* day = std::get_if<event::LocalDay>(&filters.to->value))
      question.to_day = *day;
    else
      question.to = std::get<event::Micros>(filters.to->value);
  }
  check_bounds(question, faults);
  return question;
}

}  // namespace tidemark::api
