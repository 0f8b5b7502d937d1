// JSON numbers as what they are: decimals of any length. Nothing here goes through a double.
#include <algorithm>
#include <string>

#include "wire/property.hpp"

namespace tidemark::wire {
namespace {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// An exponent: an integer, or where it has too many digits its digits.
struct Exponent {
  std::int64_t small = 0;
  bool negative = false;  ///< of `large`
  std::string large;      ///< without leading zeros; empty where `small` holds it
};

/// 0.DIGITS · 10^exponent, the first and last of DIGITS not zero; no digits at all for zero.
struct Decimal {
  bool negative = false;
  std::string digits;
  Exponent exponent;
};

std::size_t skip_digits(std::string_view text, std::size_t at) {
  while (at < text.size() && is_digit(text[at])) ++at;
  return at;
}

/// |large| + by, of digits that stand for far more than |by|.
std::string moved(std::string large, std::int64_t by) {
  std::int64_t carry = by;
  for (std::size_t i = large.size(); i-- > 0 && carry != 0;) {
    const std::int64_t sum = (large[i] - '0') + carry;
    const std::int64_t digit = ((sum % 10) + 10) % 10;
    large[i] = static_cast<char>('0' + digit);
    carry = (sum - digit) / 10;
  }
  if (carry > 0) large.insert(0, std::to_string(carry));
  large.erase(0, std::min(large.find_first_not_of('0'), large.size()));
  return large;
}

/// The written exponent (`text` is the part after the e), plus `by`.
Exponent exponent_of(std::string_view text, std::int64_t by) {
  constexpr std::size_t kSmallDigitsMax = 17;
  Exponent exponent;
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
    exponent.negative = text[0] == '-';
    text.remove_prefix(1);
  }
  text.remove_prefix(std::min(text.find_first_not_of('0'), text.size()));
  if (text.size() <= kSmallDigitsMax) {
    std::int64_t value = 0;
    for (const char c : text) value = (value * 10) + (c - '0');
    exponent.small = (exponent.negative ? -value : value) + by;
    return exponent;
  }
  exponent.large = moved(std::string(text), exponent.negative ? -by : by);
  return exponent;
}

Decimal decimal_of(std::string_view number) {
  Decimal decimal;
  decimal.negative = number.starts_with('-');
  number.remove_prefix(decimal.negative ? 1 : 0);
  const std::size_t whole_end = skip_digits(number, 0);
  decimal.digits = number.substr(0, whole_end);
  std::size_t at = whole_end;
  if (at < number.size() && number[at] == '.') {
    at = skip_digits(number, whole_end + 1);
    decimal.digits += number.substr(whole_end + 1, at - whole_end - 1);
  }
  const std::size_t leading = decimal.digits.find_first_not_of('0');
  if (leading == std::string::npos) return {};  // zero, whatever its sign and exponent
  decimal.digits.erase(decimal.digits.find_last_not_of('0') + 1);
  decimal.digits.erase(0, leading);
  decimal.exponent =
      exponent_of(at < number.size() ? number.substr(at + 1) : std::string_view{},
                  static_cast<std::int64_t>(whole_end) - static_cast<std::int64_t>(leading));
  return decimal;
}

std::strong_ordering compare(const Exponent& a, const Exponent& b) {
  if (a.large.empty() && b.large.empty()) return a.small <=> b.small;
  // A large one is beyond every small one, on its side of zero.
  const auto side = [](const Exponent& e) { return e.large.empty() ? 0 : (e.negative ? -1 : 1); };
  if (side(a) != side(b)) return side(a) <=> side(b);
  auto magnitude = a.large.size() <=> b.large.size();
  if (magnitude == std::strong_ordering::equal) magnitude = a.large.compare(b.large) <=> 0;
  return a.negative ? 0 <=> magnitude : magnitude;
}

/// For decimals that are not negative.
std::strong_ordering compare_magnitudes(const Decimal& a, const Decimal& b) {
  if (a.digits.empty() || b.digits.empty()) return !a.digits.empty() <=> !b.digits.empty();
  const auto exponents = compare(a.exponent, b.exponent);
  return exponents != std::strong_ordering::equal ? exponents : a.digits.compare(b.digits) <=> 0;
}

/// An integer of up to eighteen digits, as most numbers are.
bool read_short(std::string_view number, std::int64_t& value) {
  constexpr std::size_t kDigitsMax = 18;
  const bool negative = number.starts_with('-');
  number.remove_prefix(negative ? 1 : 0);
  if (number.size() > kDigitsMax || skip_digits(number, 0) != number.size()) return false;
  value = 0;
  for (const char c : number) value = (value * 10) + (c - '0');
  if (negative) value = -value;
  return true;
}

}  // namespace

bool is_number(std::string_view text) {
  std::size_t at = text.starts_with('-') ? 1 : 0;
  const std::size_t whole = skip_digits(text, at);
  if (whole == at || (text[at] == '0' && whole > at + 1)) return false;
  at = whole;
  if (at < text.size() && text[at] == '.') {
    const std::size_t fraction = skip_digits(text, at + 1);
    if (fraction == at + 1) return false;
    at = fraction;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    const std::size_t exponent = skip_digits(text, at);
    if (exponent == at) return false;
    at = exponent;
  }
  return at == text.size();
}

std::strong_ordering compare_numbers(std::string_view a, std::string_view b) {
  std::int64_t short_a = 0;
  std::int64_t short_b = 0;
  if (read_short(a, short_a) && read_short(b, short_b)) return short_a <=> short_b;

  const Decimal decimal_a = decimal_of(a);
  const Decimal decimal_b = decimal_of(b);
  const bool below_zero = decimal_a.negative;
  if (below_zero != decimal_b.negative) return decimal_b.negative <=> decimal_a.negative;
  return below_zero ? compare_magnitudes(decimal_b, decimal_a)
                    : compare_magnitudes(decimal_a, decimal_b);
}

std::string canonical_number(std::string_view number) {
  constexpr std::int64_t kShortDigitsMax = 18;
  if (const auto integer = short_integer(number)) return std::to_string(*integer);
  const Decimal decimal = decimal_of(number);
  if (decimal.digits.empty()) return "0";
  const Exponent& exponent = decimal.exponent;
  const auto digits = static_cast<std::int64_t>(decimal.digits.size());
  std::string text = decimal.negative ? "-" : "";
  if (exponent.large.empty() && exponent.small >= digits && exponent.small <= kShortDigitsMax) {
    return text + decimal.digits +
           std::string(static_cast<std::size_t>(exponent.small - digits), '0');
  }
  text += "." + decimal.digits + "e";
  if (exponent.large.empty()) return text + std::to_string(exponent.small);
  // Marked: to `compare` a large one is never equal to a small one.
  return text + (exponent.negative ? "large -" : "large ") + exponent.large;
}

std::optional<std::int64_t> short_integer(std::string_view number) {
  std::int64_t value = 0;
  if (!read_short(number, value)) return std::nullopt;
  return value;
}

}  // namespace tidemark::wire
