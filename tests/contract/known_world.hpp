#pragma once

/// What happened, as a question looks at it: who did something that matches on which local day.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "contract/asked.hpp"
#include "contract/known_event.hpp"
#include "contract/local_days.hpp"

namespace tidemark::contract {

using Users = std::set<std::string>;

struct KnownWorld {
  struct Matching {
    std::int32_t day = 0;
    std::string user;
    std::string type;
  };
  std::vector<Matching> matching;
  std::map<std::int32_t, Users> active;          ///< by day; matching events
  std::map<std::string, std::int32_t> first_of;  ///< each user's first event of all: its day
  std::optional<std::int32_t> last_day;          ///< the day of the latest event of all

  /// Users with a matching event on one of the days [begin, end).
  [[nodiscard]] Users users(std::int32_t begin, std::int32_t end) const;
};

KnownWorld look_at(const Asked& asked, std::span<const KnownEvent> events, LocalDays& days);

}  // namespace tidemark::contract
