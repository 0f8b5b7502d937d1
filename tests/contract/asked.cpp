#include "contract/asked.hpp"

#include <array>
#include <chrono>
#include <cstdio>
#include <stdexcept>

#include "event/zone.hpp"

namespace tidemark::contract {
namespace {

std::chrono::year_month_day calendar(std::int32_t day) {
  return std::chrono::sys_days{std::chrono::days{day}};
}

template <class T>
T must(base::Result<T> result, const std::string& what) {
  if (!result) throw std::invalid_argument(what + ": " + result.error().message());
  return *std::move(result);
}

/// A key or item as a JSON string: always allowed.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

}  // namespace

std::string date_text(std::int32_t day) {
  const auto date = calendar(day);
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text.data();
}

std::int32_t month_begin(std::int32_t day, std::int32_t months) {
  const auto date = calendar(day);
  const std::chrono::year_month_day first =
      (date.year() / date.month() + std::chrono::months{months}) / 1;
  return static_cast<std::int32_t>(std::chrono::sys_days{first}.time_since_epoch().count());
}

std::string AskedSegment::text() const {
  std::string out = field;
  for (const auto& key : path) out += '.' + quoted(key);
  if (op == "exists") return out + " exists";
  if (op == "=" && field == "event_type") return out + ':' + values.at(0);
  if (op != "in") return out + op + values.at(0);
  out += " in (";
  for (std::size_t i = 0; i < values.size(); ++i) out += (i > 0 ? "," : "") + quoted(values[i]);
  return out + ')';
}

std::string Asked::text() const {
  std::string out = what + "?tz=" + tz;
  if (what == "retention") {
    out += "&start_date=" + date_text(from) + "&period=" + period + "&cohort=" + cohort +
           "&mode=" + mode + "&windows=" + std::to_string(windows) +
           "&cohorts=" + std::to_string(cohorts);
  } else {
    out += "&from=" + date_text(from) + "&to=" + date_text(to);
  }
  if (what == "top-events") out += "&limit=" + std::to_string(limit);
  for (const auto& segment : segments) out += "&segment=" + segment.text();
  return out;
}

bool Asked::beyond_rollup() const {
  for (const auto& segment : segments) {
    if (segment.field != "event_type") return true;
  }
  return false;
}

query::Question Asked::question() const {
  query::Scope scope{.zone = must(event::find_zone(tz), tz), .segment = {}};
  for (const auto& segment : segments) {
    scope.segment.conditions.push_back(
        must(query::parse_condition(segment.text()), segment.text()));
  }
  const event::DayRange range{.from = {from}, .to = {to}};
  if (what == "dau") return query::ActiveUsers{.scope = scope, .range = range, .trailing_days = 1};
  if (what == "wau") return query::ActiveUsers{.scope = scope, .range = range, .trailing_days = 7};
  if (what == "mau") return query::ActiveUsers{.scope = scope, .range = range, .trailing_days = 30};
  if (what == "top-events") {
    return query::TopEvents{
        .scope = scope, .range = range, .limit = static_cast<std::uint32_t>(limit)};
  }
  if (what != "retention") throw std::invalid_argument("no such question: " + what);
  return query::Retention{
      .scope = scope,
      .start = {period == "month" ? month_begin(from, 0) : from},
      .period = period == "day"    ? query::Period::Day
                : period == "week" ? query::Period::Week
                                   : query::Period::Month,
      .cohort = cohort == "active" ? query::CohortKind::Active : query::CohortKind::FirstSeen,
      .mode = mode == "on" ? query::ReturnMode::On : query::ReturnMode::OnOrAfter,
      .windows = windows,
      .cohorts = cohorts};
}

}  // namespace tidemark::contract
