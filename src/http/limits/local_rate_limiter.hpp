#pragma once

/// A token bucket per address, in this process's memory.

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/keyed_hash.hpp"
#include "http/limits/rate_limit.hpp"

namespace tidemark::http {

/// Promise: every call is decided at once. A full bucket equals no bucket, so dropping it changes
///          nothing.
/// Threads: any; addresses are spread over several locks.
/// Cost:    one hash look-up; 24 bytes and a node per address.
class LocalRateLimiter final : public RateLimiter {
 public:
  explicit LocalRateLimiter(RateLimit limit);

  [[nodiscard]] bool applies_to(const Address& address) const noexcept override;
  /// Takes a token, for IPv4 by address, for IPv6 by /64.
  [[nodiscard]] std::optional<RateDecision> try_take(const Address& address,
                                                     base::Micros now) override;
  void take(const Address& address, base::Micros now, Handler done) override;
  RateDecision charge(const Address& address, base::Micros now, std::uint32_t tokens,
                      const RateDecision& told) override;
  /// As `try_take`, which always decides here.
  RateDecision decide(const Address& address, base::Micros now);
  [[nodiscard]] const std::string& policy() const noexcept override { return policy_; }

  [[nodiscard]] std::size_t addresses() const;

 private:
  static constexpr std::size_t kShards = 16;
  struct Shard {
    mutable std::mutex mutex;
    /// By address, the time at which its bucket is full again, in nanoseconds.
    std::unordered_map<std::uint64_t, std::int64_t, base::KeyedHash> full_at;
  };

  Shard& shard_of(std::uint64_t key) { return shards_[base::keyed_hash(key) % kShards]; }
  std::int64_t& full_at(Shard& shard, std::uint64_t key, std::int64_t now);
  static void make_room(Shard& shard, std::int64_t now);

  RateLimit limit_;
  TokenBucket bucket_;
  std::string policy_;
  std::array<Shard, kShards> shards_;
};

}  // namespace tidemark::http
