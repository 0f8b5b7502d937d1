#include "event/timestamp.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <chrono>
#include <cstring>

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

constexpr const char* kNotRfc3339 = "is not an RFC 3339 instant such as 2025-08-01T10:00:00Z";

ParsedTimestamp within_bounds(Micros micros) {
  if (micros < kOccurredAtMin || micros >= kOccurredAtEnd) {
    return {.outcome = Outcome::OutOfRange,
            .micros = micros,
            .message = "is outside the years 1970 to 2200 in UTC"};
  }
  return {.outcome = Outcome::Read, .micros = micros, .message = ""};
}

/// Eight characters of a pattern, 0 for any digit, checked and joined to pairs all at once: two
/// digits in a row become a byte of 0 to 99 at the place of the first.
struct EightCharacters {
  static constexpr std::uint64_t kEach = 0x0101010101010101;

  explicit EightCharacters(const char* text, const char (&pattern)[9]) {  // a literal
    std::uint64_t sent = 0;
    std::uint64_t expected = 0;
    std::memcpy(&sent, text, sizeof sent);
    std::memcpy(&expected, pattern, sizeof expected);
    // Digits become 0 to 9 and separators 0; what is more reaches the high bit of its byte.
    const std::uint64_t values = sent ^ expected;
    const std::uint64_t is_digit = (~(expected >> 3) & kEach) * 0xFF;  // '0', of "0-:"
    const std::uint64_t reach = (is_digit & (kEach * 0x76)) | (~is_digit & (kEach * 0x7F));
    good = ((values | (values + reach)) & (kEach * 0x80)) == 0;
    pairs = (values * 10) + (values >> 8);
  }
  [[nodiscard]] unsigned pair(int place) const {
    assert(place >= 0 && place < 8);
    return static_cast<unsigned>((pairs >> (8 * place)) & 0xFF);
  }

  bool good = false;
  std::uint64_t pairs = 0;
};
static_assert(std::endian::native == std::endian::little, "the first character is the lowest byte");

unsigned two_digits(const char* text, bool& good) {
  const unsigned tens = static_cast<unsigned char>(text[0]) - unsigned{'0'};
  const unsigned ones = static_cast<unsigned char>(text[1]) - unsigned{'0'};
  good = good && tens <= 9 && ones <= 9;
  return (tens * 10) + ones;
}

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

constexpr bool is_leap(unsigned year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

constexpr unsigned days_in_month(unsigned year, unsigned month) {
  assert(month >= 1 && month <= 12);
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

/// The fraction at `text[at]`, cut to microseconds; moves `at` past it. -1 if it is malformed.
Micros read_fraction(std::string_view text, std::size_t& at) {
  assert(text[at] == '.');
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

/// The offset from `text[at]` to the end in seconds, kBadOffset where it is malformed. Beside those
/// of RFC 3339: +0200, +02 and a space in front of either, and UTC, as databases print them.
std::int64_t read_offset(std::string_view text, std::size_t at) {
  assert(at <= text.size());
  std::string_view rest = text.substr(at);
  if (rest.empty()) return 0;
  if (rest.size() == 1 && (rest[0] == 'Z' || rest[0] == 'z')) return 0;
  if (rest[0] == ' ') rest.remove_prefix(1);
  if (rest == "UTC" || rest == "Z") return 0;
  const bool colon = rest.size() == 6 && rest[3] == ':';
  if (!colon && rest.size() != 5 && rest.size() != 3) return kBadOffset;
  if (rest[0] != '+' && rest[0] != '-') return kBadOffset;
  bool good = true;
  const std::int64_t hours = two_digits(rest.data() + 1, good);
  const std::int64_t minutes =
      rest.size() == 3 ? 0 : two_digits(rest.data() + (colon ? 4 : 3), good);
  if (!good || hours > 23 || minutes > 59) return kBadOffset;
  const std::int64_t seconds = (hours * 3600) + (minutes * 60);
  return rest[0] == '-' ? -seconds : seconds;
}

/// Digits where a text was expected: what they seem to count is told, and never taken.
ParsedTimestamp digits_as_text(std::string_view text) {
  switch (text.size()) {
    case 9:
    case 10:
      return malformed(
          "is a string of digits, which seem to be seconds since 1970: send RFC 3339, such as "
          "2025-08-01T10:00:00Z, or milliseconds as a number");
    case 12:
    case 13:
      return malformed(
          "is a string of digits, which seem to be milliseconds since 1970: send them as a number, "
          "or RFC 3339 such as 2025-08-01T10:00:00Z");
    case 15:
    case 16:
      return malformed(
          "is a string of digits, which seem to be microseconds since 1970: send RFC 3339, such as "
          "2025-08-01T10:00:00.123456Z, or milliseconds as a number");
    case 18:
    case 19:
      return malformed(
          "is a string of digits, which seem to be nanoseconds since 1970: send RFC 3339, such as "
          "2025-08-01T10:00:00.123456Z, or milliseconds as a number");
    default:
      return malformed(kNotRfc3339);
  }
}

bool is_all_digits(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return is_digit(c); });
}

/// For text that is not a date and time.
ParsedTimestamp no_date_and_time(std::string_view text) {
  const auto whole = text.substr(0, text.find('.'));
  if (whole.size() >= 9 && is_all_digits(whole) &&
      is_all_digits(text.substr(std::min(whole.size() + 1, text.size())))) {
    return digits_as_text(whole);
  }
  if (text.size() == 10 && text[4] == '-' && text[7] == '-')
    return malformed("has a date and no time: 2025-08-01T10:00:00Z is a full instant");
  return malformed(kNotRfc3339);
}

}  // namespace

ParsedTimestamp parse_timestamp(std::string_view text) {
  if (text.size() < kDateTimeBytes) return no_date_and_time(text);
  const EightCharacters year_month{text.data(), "0000-00-"};
  const EightCharacters time{text.data() + 11, "00:00:00"};
  bool good =
      year_month.good && time.good && (text[10] == 'T' || text[10] == 't' || text[10] == ' ');
  const unsigned day = two_digits(text.data() + 8, good);
  if (!good) return no_date_and_time(text);
  const unsigned year = (year_month.pair(0) * 100) + year_month.pair(2);
  const unsigned month = year_month.pair(5);
  const unsigned hour = time.pair(0);
  const unsigned minute = time.pair(3);
  const unsigned second = time.pair(6);
  if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month)) {
    return malformed("names a day that does not exist");
  }
  if (hour > 23 || minute > 59 || second > 59) {
    return malformed("names a time of day that does not exist (00:00:00 to 23:59:59)");
  }

  std::size_t at = kDateTimeBytes;
  Micros fraction = 0;
  if (at < text.size() && text[at] == '.') fraction = read_fraction(text, at);
  if (fraction < 0) return malformed("has a decimal point without digits after the seconds");
  const std::int64_t offset = read_offset(text, at);
  if (offset == kBadOffset) {
    return malformed(
        "has no offset such as Z, +03:00, +0300 or UTC after the seconds (-23:59 to +23:59)");
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
  if (digits[0] == '-') return malformed("must not be negative: expected milliseconds since 1970");
  while (digits.size() > 1 && digits[0] == '0') digits.remove_prefix(1);

  std::int64_t value = 0;
  if (digits.size() == 16 || digits.size() == 19) {
    return {.outcome = Outcome::OutOfRange,
            .micros = 0,
            .message = digits.size() == 16
                           ? "seems to be microseconds since 1970; expected milliseconds"
                           : "seems to be nanoseconds since 1970; expected milliseconds"};
  }
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
  assert(value < 100);
  out[0] = static_cast<char>('0' + (value / 10));
  out[1] = static_cast<char>('0' + (value % 10));
}

}  // namespace

int write_timestamp(Micros instant, char* out) {
  assert(instant >= kOccurredAtMin && instant < kOccurredAtEnd);
  assert(out != nullptr);
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

  assert(month >= 1 && month <= 12 && day >= 1 && day <= 31);
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
  assert(size < kTimestampTextBytesMax);
  return size + 1;
}

std::string to_string(Micros instant) {
  std::array<char, kTimestampTextBytesMax> text{};
  return {text.data(), static_cast<std::size_t>(write_timestamp(instant, text.data()))};
}

namespace {

std::string padded(std::int64_t value, std::size_t digits) {
  const std::string text = std::to_string(value);
  return std::string(digits - std::min(digits, text.size()), '0') + text;
}

}  // namespace

std::string to_string_of_any(Micros instant) {
  namespace chrono = std::chrono;
  if (instant >= kOccurredAtMin && instant < kOccurredAtEnd) return to_string(instant);
  const chrono::sys_time<chrono::microseconds> at{chrono::microseconds(instant)};
  const auto day = chrono::floor<chrono::days>(at);
  const chrono::sys_days first = chrono::year(0) / 1 / 1;
  const chrono::sys_days last = chrono::year(9999) / 12 / 31;
  if (day < first || day > last) {
    return std::to_string(chrono::floor<chrono::milliseconds>(at).time_since_epoch().count());
  }
  const chrono::year_month_day date(day);
  const chrono::hh_mm_ss time(at - day);
  std::string text = padded(static_cast<int>(date.year()), 4) + '-';
  text += padded(static_cast<unsigned>(date.month()), 2) + '-';
  text += padded(static_cast<unsigned>(date.day()), 2) + 'T';
  text += padded(time.hours().count(), 2) + ':';
  text += padded(time.minutes().count(), 2) + ':';
  text += padded(time.seconds().count(), 2);
  const auto fraction = time.subseconds().count();
  if (fraction != 0) text += '.' + padded(fraction, 6);
  return text + 'Z';
}

}  // namespace tidemark::event
