#include "clients/redis/address.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace tidemark::clients::redis {
namespace {

using base::Error;
using base::ErrorCode;

Error refusal(std::string_view what) {
  return {ErrorCode::InvalidInput, "the address of Redis: " + std::string(what)};
}

/// More than anybody runs; each one that is away costs time.
constexpr std::size_t kHostsMax = 16;

constexpr std::string_view kPercent =
    "in a user, password, path or parameter a % is written %25 (and @ %40, : %3A, / %2F)";

template <class Number>
std::optional<Number> number_from(std::string_view text, int base = 10) {
  Number value{};
  const auto* end = text.data() + text.size();
  const auto [stop, fault] = std::from_chars(text.data(), end, value, base);
  if (text.empty() || fault != std::errc() || stop != end) return std::nullopt;
  return value;
}

/// Nothing if a `%` is not followed by two digits.
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
  if (!user || !password) return refusal(kPercent);
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

base::Result<Endpoint> endpoint_from(std::string_view text, std::uint16_t default_port) {
  const bool bracketed = text.starts_with('[');
  const auto end = bracketed ? text.find(']') : text.rfind(':');
  if (bracketed && end == std::string_view::npos) return refusal("a [ needs its ]");
  const auto host = bracketed ? text.substr(1, end - 1) : text.substr(0, end);
  const auto port = bracketed ? text.substr(end + 1) : text.substr(std::min(text.size(), end));
  if (host.empty()) return refusal("there is no host");
  Endpoint endpoint{.host = std::string(host), .port = default_port};
  if (port.empty()) return endpoint;
  const auto number = number_from<std::uint16_t>(port.substr(1));
  if (port.front() != ':' || !number || *number == 0) {
    return refusal("the port must be a number from 1 to 65535");
  }
  endpoint.port = *number;
  return endpoint;
}

base::Status take_hosts(std::string_view text, std::uint16_t default_port, Address& address) {
  for (bool first = true;; first = false) {
    const auto comma = text.find(',');
    auto endpoint = endpoint_from(text.substr(0, comma), default_port);
    if (!endpoint) return endpoint.error();
    if (first) {
      address.host = std::move(endpoint->host);
      address.port = endpoint->port;
    } else {
      address.others.push_back(std::move(*endpoint));
    }
    if (address.others.size() >= kHostsMax) return refusal("there are too many hosts");
    if (comma == std::string_view::npos) return base::ok;
    text.remove_prefix(comma + 1);
  }
}

/// A parameter of an address, and where its value goes.
struct Parameter {
  std::string_view name;
  std::string& (*place)(Address&);
};

constexpr std::array kParameters{
    Parameter{"ca", [](Address& to) -> std::string& { return to.tls.ca; }},
    Parameter{"cert", [](Address& to) -> std::string& { return to.tls.certificate; }},
    Parameter{"key", [](Address& to) -> std::string& { return to.tls.key; }},
    Parameter{"server_name", [](Address& to) -> std::string& { return to.tls.server_name; }},
    Parameter{"sentinel_user", [](Address& to) -> std::string& { return to.sentinel.user; }},
    Parameter{"sentinel_password",
              [](Address& to) -> std::string& { return to.sentinel.password; }},
};

/// Takes `?ca=…&key=…` off the end of `rest`. A password may hold a question mark: what follows one
/// is a parameter where its name is one.
base::Status take_parameters(std::string_view& rest, Address& address) {
  auto begin = std::string_view::npos;
  for (const auto& parameter : kParameters) {
    begin = std::min(begin, rest.find("?" + std::string(parameter.name) + "="));
  }
  if (begin == std::string_view::npos) return base::ok;
  auto text = rest.substr(begin + 1);
  rest = rest.substr(0, begin);
  while (!text.empty()) {
    const auto one = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(one.size() + 1, text.size()));
    const auto name = one.substr(0, one.find('='));
    const auto* known = std::ranges::find(kParameters, name, &Parameter::name);
    if (known == kParameters.end() || name.size() == one.size()) {
      return refusal(
          "a parameter is none of ca, cert, key, server_name, sentinel_user, sentinel_password");
    }
    auto value = decoded(one.substr(name.size() + 1));
    if (!value) return refusal(kPercent);
    if (value->empty()) return refusal("a parameter is empty");
    known->place(address) = std::move(*value);
  }
  return base::ok;
}

base::Status check_parameters(const Address& address) {
  const auto& tls = address.tls;
  const bool for_tls = !(tls.ca + tls.certificate + tls.key + tls.server_name).empty();
  if (for_tls && !tls.wanted) return refusal("ca, cert, key and server_name need rediss://");
  if (tls.certificate.empty() != tls.key.empty()) return refusal("cert and key need each other");
  const bool for_sentinel = !(address.sentinel.user + address.sentinel.password).empty();
  if (for_sentinel && address.sentinel.master.empty()) {
    return refusal("sentinel_user and sentinel_password need redis+sentinel://");
  }
  return base::ok;
}

/// For text that begins with a scheme of TCP.
struct Scheme {
  std::string_view begins;
  bool tls = false;
  bool sentinel = false;
};

base::Result<Address> parse_tcp(std::string_view rest, const Scheme& scheme) {
  constexpr std::uint16_t kPort = 6379;
  constexpr std::uint16_t kSentinelPort = 26'379;
  Address address;
  address.tls.wanted = scheme.tls;
  if (auto taken = take_parameters(rest, address); !taken) return taken.error();
  if (auto taken = take_credentials(rest, address); !taken) return taken.error();
  const auto hosts = rest.substr(0, rest.find('/'));
  rest.remove_prefix(std::min(hosts.size() + 1, rest.size()));
  auto taken = take_hosts(hosts, scheme.sentinel ? kSentinelPort : kPort, address);
  if (!taken) return taken.error();
  if (scheme.sentinel) {
    const auto master = rest.substr(0, rest.find('/'));
    if (master.empty()) return refusal("a sentinel needs the name of its master: …/mymaster");
    address.sentinel.master = master;
    rest.remove_prefix(std::min(master.size() + 1, rest.size()));
  }
  if (auto fits = check_parameters(address); !fits) return fits.error();
  if (rest.empty()) return address;
  if (auto database = take_database(rest, address); !database) return database.error();
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
  if (!path) return refusal(kPercent);
  if (!path->starts_with('/')) return refusal("the path of a Unix socket begins with /");
  address.path = std::move(*path);
  return address;
}

}  // namespace

std::string Address::printable() const {
  const auto who = user.empty() ? std::string() : user + "@";
  const auto number = std::to_string(database);
  if (!path.empty()) return "unix://" + who + path + "?db=" + number;
  const auto text_of = [](const std::string& name, std::uint16_t at) {
    return (name.find(':') == std::string::npos ? name : "[" + name + "]") + ":" +
           std::to_string(at);
  };
  std::string text = tls.wanted ? "rediss" : "redis";
  if (!sentinel.master.empty()) text += "+sentinel";
  text += "://" + who + text_of(host, port);
  for (const auto& other : others) text += "," + text_of(other.host, other.port);
  if (!sentinel.master.empty()) text += "/" + sentinel.master;
  return text + "/" + number;
}

base::Result<Address> parse_address(std::string_view text) {
  constexpr std::array kSchemes{
      Scheme{.begins = "redis://"},
      Scheme{.begins = "rediss://", .tls = true},
      Scheme{.begins = "redis+sentinel://", .sentinel = true},
      Scheme{.begins = "rediss+sentinel://", .tls = true, .sentinel = true},
  };
  constexpr std::string_view kUnix = "unix://";
  for (const auto& scheme : kSchemes) {
    if (!text.starts_with(scheme.begins)) continue;
    return parse_tcp(text.substr(scheme.begins.size()), scheme);
  }
  if (text.starts_with(kUnix)) return parse_unix(text.substr(kUnix.size()));
  return refusal("it begins with redis://, rediss://, redis+sentinel:// or unix://");
}

}  // namespace tidemark::clients::redis
