#include "catalog/rules.hpp"

#include <algorithm>

#include "base/printable.hpp"
#include "catalog/catalog.hpp"
#include "event/zone.hpp"

namespace tidemark::catalog {
namespace {

constexpr std::size_t kProjectNameMax = 64;

bool is_letter(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The beginning of what somebody sent, in quotes.
std::string shown(std::string_view text) {
  constexpr std::size_t kShownMax = 80;
  const bool is_long = text.size() > kShownMax;
  return '"' + base::printable(text.substr(0, kShownMax)) + (is_long ? "…\"" : "\"");
}

bool is_scheme(std::string_view text) {
  return !text.empty() && is_letter(text.front()) && std::ranges::all_of(text, [](char c) {
    return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
  });
}

/// A host with or without a port. Browsers send it in lower case, and it is compared as it stands.
bool is_host(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return is_letter(c) || is_digit(c) || std::string_view("-._:[]").find(c) != std::string::npos;
  });
}

}  // namespace

std::string fault_of_project_name(std::string_view name) {
  const bool is_good =
      !name.empty() && name.size() <= kProjectNameMax && is_letter(name.front()) &&
      std::ranges::all_of(name, [](char c) { return is_letter(c) || is_digit(c) || c == '-'; });
  if (is_good) return {};
  return "expected a name of 1 to 64 of a-z, 0-9 and -, the first a letter, received " +
         shown(name);
}

std::string fault_of_text(std::string_view what, std::string_view text) {
  if (text.size() > kTextMax) {
    return "expected " + std::string(what) + " of at most " + std::to_string(kTextMax) +
           " bytes, received " + std::to_string(text.size());
  }
  if (base::printable(text) == text) return {};
  return "expected " + std::string(what) + " in UTF-8 without control characters, received " +
         shown(text);
}

std::string fault_of_timezone(std::string_view name) {
  if (name.empty()) return {};
  const auto zone = event::find_zone(name);
  return zone ? std::string() : zone.error().message();
}

std::string fault_of_origin(std::string_view origin) {
  const auto scheme_end = origin.find("://");
  const bool is_good =
      origin == "*" ||
      (origin.size() <= kTextMax && scheme_end != std::string_view::npos &&
       is_scheme(origin.substr(0, scheme_end)) && is_host(origin.substr(scheme_end + 3)));
  if (is_good) return {};
  return "expected * or an origin such as https://app.example, in lower case and without a path, "
         "received " +
         shown(origin);
}

}  // namespace tidemark::catalog
