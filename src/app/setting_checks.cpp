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

bool is_of_log(std::string_view setting) { return setting.starts_with("log_"); }

bool is_of_worker(std::string_view setting) { return setting.starts_with("worker_"); }

bool is_of_http_service(std::string_view setting) {
  return setting == "host" || setting == "port" || setting == "cors_origins";
}

}  // namespace

bool uses_setting(std::string_view command, std::string_view setting) {
  if (is_of_log(setting) || command == "config") return true;
  if (command == "version" || command == "completion" || command == "generate") return false;
  if (command == "migrate") return setting == "ledger";
  if (command == "dlq") {
    return setting == "journal" || setting.starts_with("queue_") || setting == "dead_letters_max";
  }
  if (command == "worker") return !is_of_http_service(setting) && setting != "data_dir";
  if (command == "serve") return !is_of_worker(setting);
  // The others open the data folder, or talk to who holds it.
  return !is_of_worker(setting) && !is_of_http_service(setting);
}

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
