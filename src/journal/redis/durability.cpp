#include "journal/redis/durability.hpp"

#include <array>
#include <functional>
#include <string>
#include <string_view>

namespace tidemark::journal::redis {
namespace {

using base::Error;
using base::ErrorCode;
using clients::redis::Reply;

constexpr std::string_view kBetween = "; ";

struct Requirement {
  std::string_view setting;
  std::string_view needed;  ///< empty: anything but 0
};

constexpr std::array kRequirements = {
    Requirement{.setting = "appendonly", .needed = "yes"},
    Requirement{.setting = "appendfsync", .needed = "always"},
    Requirement{.setting = "no-appendfsync-on-rewrite", .needed = "no"},
    Requirement{.setting = "maxmemory", .needed = ""},
    Requirement{.setting = "maxmemory-policy", .needed = "noeviction"},
};

bool is_met(const Requirement& requirement, std::string_view value) {
  return requirement.needed.empty() ? value != "0" : value == requirement.needed;
}

/// "; appendfsync is everysec and must be always".
std::string fault_of(const Requirement& requirement, std::string_view value) {
  const auto needed = requirement.needed.empty() ? "above 0" : std::string(requirement.needed);
  return std::string(kBetween) + std::string(requirement.setting) + " is " + std::string(value) +
         " and must be " + needed;
}

/// The next reply where it is a list of at least so many items.
base::Result<Reply> next_list(clients::redis::Connection& connection, std::size_t items_min) {
  auto reply = connection.read();
  if (!reply) return reply.error();
  if (reply->kind == Reply::Kind::Error) return clients::redis::error_from(*reply);
  if (reply->items.size() < items_min) return clients::redis::unexpected("CONFIG GET or ROLE");
  return reply;
}

}  // namespace

base::Status check_durability(clients::redis::Connection& connection) {
  for (const auto& requirement : kRequirements) {
    connection.append({"CONFIG", "GET", requirement.setting});
  }
  connection.append({"ROLE"});
  std::string faults;
  base::Status told = base::ok;
  for (const auto& requirement : kRequirements) {
    const auto setting = next_list(connection, 2);
    if (!setting) {
      if (told) told = setting.error();
    } else if (!is_met(requirement, setting->items[1].text)) {
      faults += fault_of(requirement, setting->items[1].text);
    }
  }
  const auto role = next_list(connection, 1);
  if (told && !role) told = role.error();
  if (!told) {
    return Error{ErrorCode::Unavailable, told.error().message()}.while_doing(
        "asking Redis whether it keeps what it takes");
  }
  if (role->items[0].text != "master") faults += std::string(kBetween) + "it is a replica";
  if (faults.empty()) return base::ok;
  return Error{ErrorCode::Unavailable,
               "Redis may lose what it has taken: " + faults.substr(kBetween.size())};
}

}  // namespace tidemark::journal::redis
