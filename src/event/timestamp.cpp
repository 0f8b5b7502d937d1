#include "event/timestamp.hpp"

#include <array>
#include <cassert>

#include "event/limits.hpp"

namespace tidemark::event {
namespace {

using base::Micros;
using Outcome = ParsedTimestamp::Outcome;

constexpr std::int64_t kSecondsPerDay = 86'400;
constexpr std::size_t kDateTimeBytes = 19;  // 2025-08-01T10:00:00

constexpr ParsedTimestamp malformed(const char* message) {
  return {.outcome = Outcome::Malformed, .micros = 0, .message = message};
}

constexpr const char* kNotRfc3339 = "is no RFC 3339 instant such as 2025-08-01T10:00:00Z";

ParsedTimestamp within_bounds(Micros micros) {
  if (micros < kOccurredAtMin || micros >= kOccurredAtEnd) {
    return {.outcome = Outcome::OutOfRange,
            .micros = micros,
            .message = "is outside of the years 1970 to 2200 in UTC"};
  }
  return {.outcome = Outcome::Read, .micros = micros, .message = ""};
}

/// Digits at fixed places; remembers whether all of them were digits.
struct Digits {
  const char* text = nullptr;
  unsigned not_digits = 0;

  unsigned at(std::size_t place) {
    const unsigned value = static_cast<unsigned char>(text[place]) - unsigned{'0'};
    not_digits |= static_cast<unsigned>(value > 9);
    return value;
  }
  unsigned two(std::size_t place) { return (at(place) * 10) + at(place + 1); }
};

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

constexpr bool is_leap(unsigned year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

constexpr unsigned days_in_month(unsigned year, unsigned month) {
  constexpr std::array<unsigned char, 13> kDays{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : kDays[month];
}

/// Days since 1970-01-01 (Howard Hinnant's days_from_civil, for years from 0 on).
constexpr std::int64_t days_of(unsigned year, unsigned month, unsigned day) {
  // March is the first month, so that a leap day is the last of its year; 400 years more keep the
  // year of January and February of year 0 positive.
  const unsigned y = year + 400 - (month <= 2 ? 1 : 0);
  const unsigned era = y / 400;
  const unsigned year_of_era = y % 400;
  const unsigned day_of_year = ((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const unsigned day_of_era =
      (year_of_era * 365) + (year_of_era / 4) - (year_of_era / 100) + day_of_year;
  return (std::int64_t{era} * 146'097) + day_of_era - 719'468 - 146'097;
}

/// The fraction at `text[at]`, cut to microseconds; `at` moves behind it. -1 where it is malformed.
Micros read_fraction(std::string_view text, std::size_t& at) {
  Micros micros = 0;
  std::size_t digits = 0;
  for (++at; at < text.size() && is_digit(text[at]); ++at, ++digits) {
    if (digits < 6) micros = (micros * 10) + (text[at] - '0');
  }
  if (digits == 0) return -1;
  for (; digits < 6; ++digits) micros *= 10;
  return micros;
}

constexpr std::int64_t kBadOffset = kSecondsPerDay;

/// The offset from `text[at]` to the end in seconds, kBadOffset where it is malformed.
std::int64_t read_offset(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at);
  if (rest.empty()) return 0;
  if (rest.size() == 1 && (rest[0] == 'Z' || rest[0] == 'z')) return 0;
  if (rest.size() != 6 || (rest[0] != '+' && rest[0] != '-') || rest[3] != ':') return kBadOffset;
  Digits digits{rest.data()};
  const std::int64_t hours = digits.two(1);
  const std::int64_t minutes = digits.two(4);
  if (digits.not_digits != 0 || hours > 23 || minutes > 59) return kBadOffset;
  const std::int64_t seconds = (hours * 3600) + (minutes * 60);
  return rest[0] == '-' ? -seconds : seconds;
}

}  // namespace

ParsedTimestamp parse_timestamp(std::string_view text) {
  if (text.size() < kDateTimeBytes) {
    if (text.size() == 10)
      return malformed("has a date and no time: 2025-08-01T10:00:00Z is a full instant");
    return malformed(kNotRfc3339);
  }
  Digits digits{text.data()};
  const unsigned year = (digits.two(0) * 100) + digits.two(2);
  const unsigned month = digits.two(5);
  const unsigned day = digits.two(8);
  const unsigned hour = digits.two(11);
  const unsigned minute = digits.two(14);
  const unsigned second = digits.two(17);
  const bool between = text[4] == '-' && text[7] == '-' && text[13] == ':' && text[16] == ':' &&
                       (text[10] == 'T' || text[10] == 't' || text[10] == ' ');
  if (digits.not_digits != 0 || !between) return malformed(kNotRfc3339);
  if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month)) {
    return malformed("names a day that does not exist");
  }
  if (hour > 23 || minute > 59 || second > 59) {
    return malformed("names a time of day that does not exist (00:00:00 to 23:59:59)");
  }

  std::size_t at = kDateTimeBytes;
  Micros fraction = 0;
  if (at < text.size() && text[at] == '.') fraction = read_fraction(text, at);
  if (fraction < 0) return malformed("has a point without digits behind the seconds");
  const std::int64_t offset = read_offset(text, at);
  if (offset == kBadOffset) {
    return malformed("has no offset such as Z or +03:00 behind the seconds (-23:59 to +23:59)");
  }

  const std::int64_t seconds = (days_of(year, month, day) * kSecondsPerDay) +
                               std::int64_t{(hour * 3600) + (minute * 60) + second} - offset;
  return within_bounds((seconds * base::kMicrosPerSecond) + fraction);
}

ParsedTimestamp parse_milliseconds(std::string_view digits) {
  constexpr std::int64_t kMillisecondsMin = 100'000'000'000;  // below it are seconds, most likely
  constexpr std::size_t kDigitsMax = 15;                      // more are beyond any year here
  if (digits.empty()) return malformed("is empty");
  for (std::size_t i = digits[0] == '-' ? 1 : 0; i < digits.size(); ++i) {
    if (!is_digit(digits[i]))
      return malformed("must be whole milliseconds, without fraction or exponent");
  }
  if (digits[0] == '-')
    return malformed("must not be negative: milliseconds since 1970 are asked for");
  while (digits.size() > 1 && digits[0] == '0') digits.remove_prefix(1);

  std::int64_t value = 0;
  if (digits.size() > kDigitsMax) {
    return {.outcome = Outcome::OutOfRange, .micros = 0, .message = "is after the year 2200"};
  }
  for (const char c : digits) value = (value * 10) + (c - '0');
  if (value < kMillisecondsMin) {
    return malformed("is too small for milliseconds since 1970: are these seconds?");
  }
  return within_bounds(value * 1000);
}

namespace {

void put_two(char* out, unsigned value) {
  out[0] = static_cast<char>('0' + (value / 10));
  out[1] = static_cast<char>('0' + (value % 10));
}

}  // namespace

int write_timestamp(Micros instant, char* out) {
  assert(instant >= kOccurredAtMin && instant < kOccurredAtEnd);
  const auto micros = static_cast<unsigned>(instant % base::kMicrosPerSecond);
  const std::int64_t seconds = instant / base::kMicrosPerSecond;
  const auto time = static_cast<unsigned>(seconds % kSecondsPerDay);

  // Howard Hinnant's civil_from_days, for days from 1970 on.
  const auto days = static_cast<unsigned>((seconds / kSecondsPerDay) + 719'468);
  const unsigned day_of_era = days % 146'097;
  const unsigned year_of_era =
      (day_of_era - (day_of_era / 1460) + (day_of_era / 36'524) - (day_of_era / 146'096)) / 365;
  const unsigned day_of_year =
      day_of_era - ((365 * year_of_era) + (year_of_era / 4) - (year_of_era / 100));
  const unsigned march_month = ((5 * day_of_year) + 2) / 153;
  const unsigned day = day_of_year - (((153 * march_month) + 2) / 5) + 1;
  const unsigned month = march_month < 10 ? march_month + 3 : march_month - 9;
  const unsigned year = (days / 146'097 * 400) + year_of_era + (month <= 2 ? 1 : 0);

  put_two(out, year / 100);
  put_two(out + 2, year % 100);
  out[4] = '-';
  put_two(out + 5, month);
  out[7] = '-';
  put_two(out + 8, day);
  out[10] = 'T';
  put_two(out + 11, time / 3600);
  out[13] = ':';
  put_two(out + 14, time / 60 % 60);
  out[16] = ':';
  put_two(out + 17, time % 60);
  int size = kDateTimeBytes;
  if (micros != 0) {
    out[size] = '.';
    put_two(out + size + 1, micros / 10'000);
    put_two(out + size + 3, micros / 100 % 100);
    put_two(out + size + 5, micros % 100);
    size += 7;
  }
  out[size] = 'Z';
  return size + 1;
}

std::string to_string(Micros instant) {
  std::array<char, kTimestampTextBytesMax> text{};
  return {text.data(), static_cast<std::size_t>(write_timestamp(instant, text.data()))};
}

}  // namespace tidemark::event
