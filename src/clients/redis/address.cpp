#include "clients/redis/address.hpp"

#include <charconv>
#include <optional>

namespace tidemark::clients::redis {
namespace {

using base::Error;
using base::ErrorCode;

Error refusal(std::string_view what) {
  return {ErrorCode::InvalidInput, "the address of Redis: " + std::string(what)};
}

template <class Number>
std::optional<Number> number_from(std::string_view text, int base = 10) {
  Number value{};
  const auto* end = text.data() + text.size();
  const auto [stop, fault] = std::from_chars(text.data(), end, value, base);
  if (text.empty() || fault != std::errc() || stop != end) return std::nullopt;
  return value;
}

/// Nothing where a `%` has no two digits behind it.
std::optional<std::string> decoded(std::string_view text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      plain += text[at];
      continue;
    }
    const auto digits = text.substr(at + 1, 2);
    const auto value = number_from<std::uint8_t>(digits, 16);
    if (digits.size() != 2 || !value) return std::nullopt;
    plain += static_cast<char>(*value);
    at += 2;
  }
  return plain;
}

/// Takes `user:password@` off the front of `rest`.
base::Status take_credentials(std::string_view& rest, Address& address) {
  const auto end = rest.rfind('@');
  if (end == std::string_view::npos) return base::ok;
  const auto credentials = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  const auto colon = credentials.find(':');
  if (colon == std::string_view::npos) return refusal("a user needs a password: user:password@");
  auto user = decoded(credentials.substr(0, colon));
  auto password = decoded(credentials.substr(colon + 1));
  if (!user || !password) return refusal("a % needs two hexadecimal digits");
  if (password->empty()) return refusal("the password is empty");
  address.user = std::move(*user);
  address.password = std::move(*password);
  return base::ok;
}

base::Status take_database(std::string_view text, Address& address) {
  const auto database = number_from<unsigned>(text);
  if (!database) return refusal("the database must be a number");
  address.database = *database;
  return base::ok;
}

base::Status take_host(std::string_view text, Address& address) {
  const bool bracketed = text.starts_with('[');
  const auto end = bracketed ? text.find(']') : text.rfind(':');
  if (bracketed && end == std::string_view::npos) return refusal("a [ needs its ]");
  const auto host = bracketed ? text.substr(1, end - 1) : text.substr(0, end);
  const auto port = bracketed ? text.substr(end + 1) : text.substr(std::min(text.size(), end));
  if (host.empty()) return refusal("there is no host");
  address.host = host;
  if (port.empty()) return base::ok;
  const auto number = number_from<std::uint16_t>(port.substr(1));
  if (port.front() != ':' || !number || *number == 0) {
    return refusal("the port must be a number from 1 to 65535");
  }
  address.port = *number;
  return base::ok;
}

base::Result<Address> parse_tcp(std::string_view rest) {
  Address address;
  if (auto taken = take_credentials(rest, address); !taken) return taken.error();
  const auto slash = rest.find('/');
  if (auto taken = take_host(rest.substr(0, slash), address); !taken) return taken.error();
  if (slash == std::string_view::npos || slash + 1 == rest.size()) return address;
  if (auto taken = take_database(rest.substr(slash + 1), address); !taken) return taken.error();
  return address;
}

base::Result<Address> parse_unix(std::string_view rest) {
  constexpr std::string_view kDatabase = "?db=";
  Address address;
  if (auto taken = take_credentials(rest, address); !taken) return taken.error();
  if (const auto at = rest.find(kDatabase); at != std::string_view::npos) {
    auto taken = take_database(rest.substr(at + kDatabase.size()), address);
    if (!taken) return taken.error();
    rest = rest.substr(0, at);
  }
  auto path = decoded(rest);
  if (!path) return refusal("a % needs two hexadecimal digits");
  if (!path->starts_with('/')) return refusal("the path of a Unix socket begins with /");
  address.path = std::move(*path);
  return address;
}

}  // namespace

std::string Address::printable() const {
  const auto who = user.empty() ? std::string() : user + "@";
  const auto number = std::to_string(database);
  if (!path.empty()) return "unix://" + who + path + "?db=" + number;
  const auto name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return "redis://" + who + name + ":" + std::to_string(port) + "/" + number;
}

base::Result<Address> parse_address(std::string_view text) {
  constexpr std::string_view kTcp = "redis://";
  constexpr std::string_view kUnix = "unix://";
  if (text.starts_with(kTcp)) return parse_tcp(text.substr(kTcp.size()));
  if (text.starts_with(kUnix)) return parse_unix(text.substr(kUnix.size()));
  if (text.starts_with("rediss://")) return refusal("TLS is not spoken here: use a tunnel");
  return refusal("it begins with redis:// or unix://");
}

}  // namespace tidemark::clients::redis
