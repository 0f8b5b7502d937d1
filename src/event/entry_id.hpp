#pragma once

/// The name of a request's entry in the queue before the ledger.

#include <compare>
#include <cstdint>

#include "base/clock.hpp"

namespace tidemark::event {

/// One of the queue's streams, and the id that the queue's server gave the entry in it. Redis
/// writes the two numbers as `millis-number`.
struct EntryId {
  std::uint32_t shard = 0;
  std::uint64_t millis = 0;  ///< since 1970, by the server's clock
  std::uint64_t number = 0;  ///< within the entries of that millisecond
  auto operator<=>(const EntryId&) const = default;

  [[nodiscard]] base::Micros time() const { return static_cast<base::Micros>(millis) * 1'000; }
};

}  // namespace tidemark::event
