#include "app/wiring/setting_checks.hpp"

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

/// "tidemark.internal", without scheme, port and path.
bool is_host(std::string_view text) {
  return !text.empty() && text.find_first_of(":/@?# ") == std::string_view::npos;
}

/// Segments of letters, digits and `-._~`, so that each has only one spelling.
bool is_base_path(std::string_view text) {
  if (text.empty()) return true;
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~/").find(c) != std::string_view::npos;
  };
  return text.starts_with('/') && !text.ends_with('/') && std::ranges::all_of(text, plain) &&
         text.find("//") == std::string_view::npos;
}

/// The fault is told without the value, which contains a password.
std::optional<std::string> redis_expectation(const std::string& otherwise,
                                             const std::string& value) {
  const auto address = clients::redis::parse_address(value);
  if (address) return std::nullopt;
  return otherwise +
         ", or redis://[user:password@]host[:port][,…][/database] (rediss:// for TLS, "
         "redis+sentinel://…/master for sentinels); " +
         address.error().message();
}

std::optional<std::string> postgres_expectation(const std::string& value) {
  const bool named = value.starts_with("postgres://") || value.starts_with("postgresql://");
  const auto readable = clients::postgres::check_url(value);
  if (named && readable) return std::nullopt;
  const std::string expected = "local, or postgres://[user:password@]host[:port][,…]/database";
  return readable || !named ? expected : expected + "; " + readable.error().message();
}

bool is_of_log(std::string_view setting) { return setting.starts_with("log_"); }

bool is_of_worker(std::string_view setting) { return setting.starts_with("worker_"); }

bool is_of_http_service(std::string_view setting) {
  return setting == "host" || setting == "port" || setting == "cors_origins" ||
         setting == "base_path" || setting == "allowed_hosts" || setting == "admin_key" ||
         setting.starts_with("tls_");
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
  // The other commands open the data folder, or talk to the process that holds it.
  return !is_of_worker(setting) && !is_of_http_service(setting);
}

std::vector<std::string> list_of(const std::string& list) {
  std::vector<std::string> items;
  std::istringstream rest(list);
  for (std::string item; std::getline(rest, item, ',');) {
    std::erase(item, ' ');
    if (!item.empty()) items.push_back(item);
  }
  return items;
}

std::optional<std::string> setting_expectation(std::string_view name, const std::string& value) {
  if (name == "timezone" && !event::find_zone(value)) {
    return "the IANA name of a zone, such as Europe/Kyiv";
  }
  if (name == "cors_origins" && !std::ranges::all_of(list_of(value), is_origin)) {
    return "*, or origins such as https://app.example without a path, separated by commas";
  }
  if (name == "allowed_hosts" && !std::ranges::all_of(list_of(value), is_host)) {
    return "*, or names of hosts such as tidemark.internal without a port, separated by commas";
  }
  if (name == "base_path" && !is_base_path(value)) {
    return "a path such as /tidemark, without a slash at its end, or empty";
  }
  if (name == "data_dir" && value.empty()) return "the name of a folder";
  if (name == "journal" && value != "local") return redis_expectation("local", value);
  if (name == "cache" && value != "journal") return redis_expectation("journal", value);
  if (name == "ledger" && value != "local") return postgres_expectation(value);
  return std::nullopt;
}

}  // namespace tidemark::app
