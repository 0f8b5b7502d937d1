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
    // `key=value key='value'`: what is quoted may hold anything, so all behind a password goes.
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
  if (readable && url.find("://") != std::string::npos) return base::ok;
  return base::Error(base::ErrorCode::InvalidInput,
                     "not an address of PostgreSQL: expected postgres://user:password@host:port/"
                     "database");
}

}  // namespace tidemark::clients::postgres
