#pragma once

/// Random users doing random things where time is difficult, and random questions about them; all
/// of it the same for the same seed.

#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "contract/asked.hpp"
#include "contract/known_event.hpp"
#include "contract/local_days.hpp"

namespace tidemark::contract {

class World {
 public:
  World(std::uint64_t seed, LocalDays& days);

  /// The next events as somebody sends them: out of order, around midnights, some with an id that
  /// was sent before. Calls `take` for each event that is new by its id, in order.
  template <class Take>
  std::string batch(std::size_t events_max, Take&& take) {
    std::string ndjson;
    const std::size_t count = 1 + below(events_max);
    for (std::size_t i = 0; i < count; ++i) {
      const KnownEvent event = next_event();
      ndjson += to_ndjson(event, offset_minutes());
      if (ids_.insert(canonical(event.id)).second) take(event);
    }
    return ndjson;
  }

  Asked question();

  [[nodiscard]] const std::vector<std::string>& zones() const { return zones_; }
  std::size_t below(std::size_t end) { return random_() % end; }

  /// A UUID is the same in any case.
  static std::string canonical(std::string id);

 private:
  template <class T>
  const T& one_of(const std::vector<T>& pool) {
    return pool[below(pool.size())];
  }
  KnownEvent next_event();
  std::string next_id();
  std::int64_t next_instant();
  PropertyValue value();
  AskedSegment segment();
  int offset_minutes();

  std::mt19937_64 random_;
  LocalDays& days_;
  std::vector<std::string> zones_;  // the world's own, one that is far from it, UTC
  std::int64_t middle_ = 0;         // where its own zone does what is special about it
  std::int64_t now_ = 0;
  bool far_future_ = false;  // otherwise there are windows that have not begun
  std::vector<std::string> sent_;
  std::set<std::string> ids_;
};

}  // namespace tidemark::contract
