#pragma once

/// A token bucket per address, shared by all processes that use one Redis.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "clients/redis/address.hpp"
#include "http/limits/local_rate_limiter.hpp"
#include "http/limits/rate_limit.hpp"
#include "sharing/script_queue.hpp"

namespace tidemark::sharing {

/// The longest time that a request waits for Redis before this process decides.
inline constexpr std::chrono::milliseconds kLimitAnswerMax{100};

/// Promise:  while Redis answers, all processes together give an address no more than the limit, by
///           the server's clock. While Redis is away, slow or full, each process goes on with its
///           own buckets, which are full at first: N processes then give at most N times the limit.
///           So a limit that cannot be looked up refuses no client, and no client is without a
///           limit.
/// Errors:   none; calls that this process decided are counted, and the first one is logged.
/// Threads:  any. No call blocks: a thread of the limiter asks Redis.
/// Lifetime: its destructor decides the calls that still wait.
/// Cost:     one exchange with Redis for all waiting calls; in Redis one key per address, which is
///           gone when the address's bucket is full again.
class RateLimiter final : public http::RateLimiter {
 public:
  RateLimiter(clients::redis::Address server, http::RateLimit limit,
              std::chrono::milliseconds answer_max = kLimitAnswerMax);

  [[nodiscard]] bool applies_to(const http::Address& address) const noexcept override;
  /// Decides at once while Redis is away.
  [[nodiscard]] std::optional<http::RateDecision> try_take(const http::Address& address,
                                                           base::Micros now) override;
  void take(const http::Address& address, base::Micros now, Handler done) override;
  /// If Redis is asked, the result is computed from `told`, because no call waits for Redis.
  http::RateDecision charge(const http::Address& address, base::Micros now, std::uint32_t tokens,
                            const http::RateDecision& told) override;
  [[nodiscard]] const std::string& policy() const noexcept override { return policy_; }

  struct Figures {
    ScriptQueue::Figures queue;
    std::uint64_t decided_here = 0;
  };
  [[nodiscard]] Figures figures() const;
  /// As ScriptQueue::wait_until_up.
  bool wait_until_up(std::chrono::milliseconds at_most) const {
    return queue_.wait_until_up(at_most);
  }

 private:
  http::RateDecision decide_here(const http::Address& address, base::Micros now);
  [[nodiscard]] std::optional<http::RateDecision> decision_in(
      const base::Result<clients::redis::Reply>& reply) const;

  http::LocalRateLimiter here_;
  const http::TokenBucket bucket_;
  const std::string policy_;
  const std::string token_micros_;
  const std::string full_micros_;
  std::atomic<std::uint64_t> decided_here_{0};
  ScriptQueue queue_;  // last: its handlers use the members above
};

}  // namespace tidemark::sharing
