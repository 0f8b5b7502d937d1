#include "event/local_day.hpp"

#include <cassert>
#include <chrono>

namespace tidemark::event {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr std::string_view kForm = "0000-00-00";
constexpr std::size_t kQuotedBytesMax = 40;

/// The number in `digits`, or -1.
int number(std::string_view digits) {
  int value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

base::Error not_a_day(std::string_view text) {
  return {base::ErrorCode::InvalidInput, "expected a date like 2025-08-01, received \"" +
                                             std::string(text.substr(0, kQuotedBytesMax)) + "\""};
}

year_month_day calendar(LocalDay day) { return year_month_day(sys_days(days(day.days))); }

LocalDay from_calendar(const year_month_day& date) {
  assert(date.ok());
  return {static_cast<std::int32_t>(sys_days(date).time_since_epoch().count())};
}

}  // namespace

base::Result<LocalDay> parse_day(std::string_view text) {
  if (text.size() != kForm.size() || text[4] != '-' || text[7] != '-') return not_a_day(text);
  const int year = number(text.substr(0, 4));
  const int month = number(text.substr(5, 2));
  const int day = number(text.substr(8, 2));
  if (year < 0 || month < 0 || day < 0) return not_a_day(text);

  const year_month_day date(std::chrono::year(year),
                            std::chrono::month(static_cast<unsigned>(month)),
                            std::chrono::day(static_cast<unsigned>(day)));
  if (!date.ok()) {
    return base::Error(base::ErrorCode::InvalidInput,
                       "there is no day " + std::string(text) + " in the calendar");
  }
  return from_calendar(date);
}

std::string to_string(LocalDay day) {
  const year_month_day date = calendar(day);
  const auto year = static_cast<int>(date.year());
  const bool four_digits = year >= 0 && year <= 9'999;
  std::string text = four_digits ? std::to_string(10'000 + year).substr(1) : std::to_string(year);
  for (const auto two : {static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day())}) {
    text += {'-', static_cast<char>('0' + two / 10), static_cast<char>('0' + two % 10)};
  }
  return text;
}

LocalDay month_of(LocalDay day) {
  const year_month_day date = calendar(day);
  return from_calendar(date.year() / date.month() / 1);
}

LocalDay add_months(LocalDay first_of_month, std::int32_t months) {
  assert(calendar(first_of_month).day() == std::chrono::day(1));
  return from_calendar(calendar(first_of_month) + std::chrono::months(months));
}

}  // namespace tidemark::event
