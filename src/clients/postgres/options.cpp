#include "clients/postgres/options.hpp"

#include <memory>
#include <string_view>

#include <libpq-fe.h>

namespace tidemark::clients::postgres {
namespace {

constexpr std::string_view kHidden = "***";

// Where the password of `user:password@` begins and ends; both npos where there is none.
struct Place {
  std::size_t begin = std::string::npos;
  std::size_t end = std::string::npos;
};

Place password_in_authority(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  const auto begin = scheme + 3;
  const auto authority = url.substr(begin, url.find_first_of("/?", begin) - begin);
  // A password may hold what should have been written %40; what follows the last one is the host.
  const auto at = authority.rfind('@');
  if (at == std::string_view::npos) return {};
  const auto colon = authority.substr(0, at).find(':');
  if (colon == std::string_view::npos) return {};
  return {.begin = begin + colon + 1, .end = begin + at};
}

bool has_wrong_percent(std::string_view text) {
  const auto is_digit = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  };
  for (auto at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 1)) {
    const auto digits = text.substr(at + 1, 2);
    if (digits.size() != 2 || !is_digit(digits[0]) || !is_digit(digits[1])) return true;
  }
  return false;
}

/// Whether user or password contain characters with a meaning in URLs, so that the library reads
/// another host than was meant, and would name it with half of the password in it.
bool is_not_encoded(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return false;
  const auto rest = url.substr(scheme + 3);
  const auto head = rest.substr(0, rest.find('?'));
  const auto last = head.rfind('@');
  return (last != std::string_view::npos && head.find_first_of("@/") < last) ||
         has_wrong_percent(rest);
}

void hide_parameter(std::string& text, std::string_view name, std::string_view ends) {
  for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at)) {
    at += name.size();
    const auto end = std::min(text.find_first_of(ends, at), text.size());
    text.replace(at, end - at, kHidden);
  }
}

}  // namespace

std::string printable(const std::string& url) {
  std::string text = url;
  if (text.find("://") == std::string::npos) {
    // `key=value key='value'`: a quoted value may hold anything, so everything after a password
    // goes.
    for (const std::string_view name : {"password", "passwd"}) {
      const auto at = text.find(name);
      if (at != std::string::npos) text.replace(at + name.size(), std::string::npos, "=***");
    }
    return text;
  }
  const auto place = password_in_authority(text);
  if (place.begin != std::string::npos) {
    text.replace(place.begin, place.end - place.begin, kHidden);
  }
  hide_parameter(text, "password=", "&");
  return text;
}

base::Status check_url(const std::string& url) {
  char* message = nullptr;
  PQconninfoOption* read = PQconninfoParse(url.c_str(), &message);
  const bool readable = read != nullptr;
  PQconninfoFree(read);
  PQfreemem(message);  // not shown: it repeats what it could not read, passwords too
  if (is_not_encoded(url)) {
    return base::Error(base::ErrorCode::InvalidInput,
                       "not an address of PostgreSQL: in its user or password a sign that means "
                       "something in a URL is not percent-encoded (@ is written %40, / %2F, % %25, "
                       ": %3A, ? %3F, # %23, [ %5B, ] %5D)");
  }
  if (readable && url.find("://") != std::string::npos) return base::ok;
  return base::Error(base::ErrorCode::InvalidInput,
                     "not an address of PostgreSQL: expected postgres://user:password@host:port/"
                     "database");
}

}  // namespace tidemark::clients::postgres
