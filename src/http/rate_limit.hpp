#pragma once

/// A token bucket for each address.

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/clock.hpp"
#include "http/request.hpp"

namespace tidemark::http {

struct RateLimit {
  double per_second = 100;
  std::uint32_t burst = 200;
  bool exempt_loopback = true;
  std::size_t addresses_max = 65'536;  ///< kept at once; full buckets are forgotten first
};

/// What one call was told.
struct RateDecision {
  bool allowed = true;
  std::uint32_t left = 0;             ///< whole tokens left
  std::uint32_t seconds_to_full = 0;  ///< rounded up
  std::uint32_t retry_after = 0;      ///< whole seconds, at least 1, where it was refused
};

/// Promise: a refused call takes no token. A bucket that is full is the same as none, so forgetting
///          it changes nothing.
/// Threads: any; addresses are spread over locks.
/// Cost:    one hash look-up; 24 bytes and a node an address.
class RateLimiter {
 public:
  explicit RateLimiter(RateLimit limit);

  /// Whether calls from there are counted at all.
  [[nodiscard]] bool applies_to(const Address& address) const noexcept;
  /// Takes a token for IPv4 by address, for IPv6 by /64.
  [[nodiscard]] RateDecision take(const Address& address, base::Micros now);

  /// The value of `RateLimit-Policy`: `"address";q=200;w=2`.
  [[nodiscard]] const std::string& policy() const noexcept { return policy_; }
  /// The value of `RateLimit`: `"address";r=LEFT;t=SECONDS_TO_FULL`.
  [[nodiscard]] static std::string state(const RateDecision& decision);

  [[nodiscard]] std::size_t addresses() const;

 private:
  static constexpr std::size_t kShards = 16;
  struct Shard {
    mutable std::mutex mutex;
    /// Address to the time at which its bucket is full again, in nanoseconds.
    std::unordered_map<std::uint64_t, std::int64_t> full_at;
  };

  static void make_room(Shard& shard, std::int64_t now);

  RateLimit limit_;
  std::int64_t token_nanos_;
  std::int64_t burst_nanos_;
  std::string policy_;
  std::array<Shard, kShards> shards_;
};

}  // namespace tidemark::http
