#include "api/parameters.hpp"

#include <algorithm>
#include <string>

#include "event/timestamp.hpp"
#include "http/percent.hpp"

namespace tidemark::http {
namespace {

using base::Error;
using base::ErrorCode;

constexpr const char* kDayExpected = "a date such as 2025-08-01";

}  // namespace

base::Result<event::LocalDay> ParameterType<event::LocalDay>::parse(std::string_view text) {
  auto day = event::parse_day(text);
  if (!day) return Error{ErrorCode::InvalidInput, kDayExpected};
  return *day;
}
Schema ParameterType<event::LocalDay>::schema() { return Schema::date(); }

base::Result<event::ZonePtr> ParameterType<event::ZonePtr>::parse(std::string_view text) {
  auto zone = event::find_zone(text);
  if (zone) return *zone;
  std::string expected = "an IANA time zone such as UTC or Europe/Kyiv";
  // In a query a + means a space, which no name of a zone has.
  std::string with_plus(text);
  std::ranges::replace(with_plus, ' ', '+');
  if (with_plus != text && event::find_zone(with_plus)) {
    expected += " (a + in a URL is read as a space: write it as %2B, as in " +
                http::percent_encode(with_plus) + ")";
  }
  return Error{ErrorCode::InvalidInput, expected};
}
Schema ParameterType<event::ZonePtr>::schema() { return Schema::string().example("Europe/Kyiv"); }

base::Result<query::Condition> ParameterType<query::Condition>::parse(std::string_view text) {
  auto condition = query::parse_condition(text);
  if (!condition) {
    return Error{ErrorCode::InvalidInput,
                 "a valid condition (" + condition.error().message() + ")"};
  }
  return *condition;
}
Schema ParameterType<query::Condition>::schema() {
  return Schema::string().example("event_type:purchase");
}

base::Result<query::Position> ParameterType<query::Position>::parse(std::string_view text) {
  auto position = query::parse_position(text);
  if (!position) return Error{ErrorCode::InvalidInput, api::kPositionExpected};
  return *position;
}
Schema ParameterType<query::Position>::schema() { return Schema::string().example("AAAAAAAAB1c"); }

base::Result<api::DayOrInstant> ParameterType<api::DayOrInstant>::parse(std::string_view text) {
  if (auto day = event::parse_day(text)) return api::DayOrInstant{*day};
  const auto instant = event::parse_timestamp(text);
  if (instant) return api::DayOrInstant{instant.micros};
  return Error{ErrorCode::InvalidInput,
               "a date such as 2025-08-01 or a timestamp such as 2025-08-01T10:00:00Z (write the + "
               "of an offset as %2B)"};
}
Schema ParameterType<api::DayOrInstant>::schema() { return Schema::string().example("2025-08-01"); }

}  // namespace tidemark::http
