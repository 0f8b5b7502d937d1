#include "app/setting_checks.hpp"

#include <algorithm>
#include <sstream>

#include "clients/postgres/options.hpp"
#include "clients/redis/address.hpp"
#include "event/zone.hpp"

namespace tidemark::app {
namespace {

/// "https://app.example:8443": what a browser sends as Origin, which is compared as it stands.
bool is_origin(std::string_view text) {
  if (text == "*" || text == "null") return true;
  const auto scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos || scheme_end == 0) return false;
  const auto host = text.substr(scheme_end + 3);
  const auto plain = [](char c) {
    const bool upper = c >= 'A' && c <= 'Z';  // browsers send it in lower case
    return c > ' ' && c < 127 && !upper &&
           std::string_view("/?#@\"'\\*").find(c) == std::string_view::npos;
  };
  return !host.empty() && std::ranges::all_of(host, plain) &&
         std::ranges::all_of(text.substr(0, scheme_end), plain);
}

/// Segments of letters, digits and `-._~`, so that nobody writes them in two ways.
bool is_base_path(std::string_view text) {
  if (text.empty()) return true;
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~/").find(c) != std::string_view::npos;
  };
  return text.starts_with('/') && !text.ends_with('/') && std::ranges::all_of(text, plain) &&
         text.find("//") == std::string_view::npos;
}

}  // namespace

std::vector<std::string> origins_of(const std::string& list) {
  std::vector<std::string> origins;
  std::istringstream rest(list);
  for (std::string origin; std::getline(rest, origin, ',');) {
    std::erase(origin, ' ');
    if (!origin.empty()) origins.push_back(origin);
  }
  return origins;
}

std::optional<std::string> setting_expectation(std::string_view name, const std::string& value) {
  if (name == "timezone" && !event::find_zone(value)) {
    return "the IANA name of a zone, such as Europe/Kyiv";
  }
  if (name == "cors_origins" && !std::ranges::all_of(origins_of(value), is_origin)) {
    return "*, or origins such as https://app.example without a path, separated by commas";
  }
  if (name == "base_path" && !is_base_path(value)) {
    return "a path such as /tidemark, without a slash at its end, or empty";
  }
  if (name == "data_dir" && value.empty()) return "the name of a folder";
  if (name == "journal" && value != "local" && !clients::redis::parse_address(value)) {
    return "local, or redis://[user:password@]host[:port][/database]";
  }
  if (name == "cache" && value != "journal" && !clients::redis::parse_address(value)) {
    return "journal, or redis://[user:password@]host[:port][/database]";
  }
  const bool postgres = value.starts_with("postgres://") || value.starts_with("postgresql://");
  if (name == "ledger" && value != "local" && !(postgres && clients::postgres::check_url(value))) {
    return "local, or postgres://[user:password@]host[:port]/database";
  }
  return std::nullopt;
}

}  // namespace tidemark::app
