#pragma once

/// A token bucket for each address, shared by all processes that ask one Redis.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "clients/redis/address.hpp"
#include "http/local_rate_limiter.hpp"
#include "http/rate_limit.hpp"
#include "sharing/script_queue.hpp"

namespace tidemark::sharing {

/// The longest that a request waits for its exchange with Redis before it is decided here.
inline constexpr std::chrono::milliseconds kLimitAnswerMax{100};

/// Promise:  while Redis answers, all processes together give an address no more than the limit, by
///           the server's clock. Where it is away, slow or full, each process goes on with buckets
///           of its own, which are full at first: N processes then give N times the limit at most.
///           A limit that nobody can look up refuses nobody, and leaves nobody without a limit.
/// Errors:   none; calls that were decided here are counted, and the first is logged.
/// Threads:  any. No call blocks: Redis is asked by a thread of this.
/// Lifetime: its end decides what still waits.
/// Cost:     one exchange with Redis for all calls that wait; there a key an address that has
/// asked,
///           gone when its bucket is full again.
class RateLimiter final : public http::RateLimiter {
 public:
  RateLimiter(clients::redis::Address server, http::RateLimit limit,
              std::chrono::milliseconds answer_max = kLimitAnswerMax);

  [[nodiscard]] bool applies_to(const http::Address& address) const noexcept override;
  /// Decides at once while Redis is away.
  [[nodiscard]] std::optional<http::RateDecision> try_take(const http::Address& address,
                                                           base::Micros now) override;
  void take(const http::Address& address, base::Micros now, Handler done) override;
  /// Where Redis is asked, what is told is reckoned from `told`: nobody waits for it.
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
  ScriptQueue queue_;  // last: its handlers use the above
};

}  // namespace tidemark::sharing
