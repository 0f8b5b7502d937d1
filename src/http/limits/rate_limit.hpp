#pragma once

/// Decides whether an address has sent too many requests.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "http/request.hpp"

namespace tidemark::http {

struct RateLimit {
  double per_second = 100;
  std::uint32_t burst = 200;
  bool exempt_loopback = true;
  std::size_t addresses_max = 65'536;  ///< kept at once; full buckets are dropped first
};

/// The answer to one call.
struct RateDecision {
  bool allowed = true;
  std::uint32_t left = 0;             ///< whole tokens left
  std::uint32_t seconds_to_full = 0;  ///< rounded up
  std::uint32_t retry_after = 0;      ///< whole seconds, at least 1, if the call was refused
};

/// The bucket of a limit, in times: its missing tokens are the time until it is full again, and a
/// full bucket equals no bucket.
class TokenBucket {
 public:
  /// The time for a token is rounded up to whole `grain_nanos`.
  explicit TokenBucket(const RateLimit& limit, std::int64_t grain_nanos = 1);

  /// IPv4: the address; IPv6: the network of 64 bits, which one customer usually has whole.
  [[nodiscard]] static std::uint64_t key_of(const Address& address);

  /// The time until one more token is there, and until an empty bucket is full.
  [[nodiscard]] std::int64_t token_nanos() const noexcept { return token_nanos_; }
  [[nodiscard]] std::int64_t full_nanos() const noexcept { return full_nanos_; }

  /// The decision if a token was taken, and the bucket now lacks `missing_nanos`.
  [[nodiscard]] RateDecision allowed(std::int64_t missing_nanos) const;
  /// The decision if there was no token, because the bucket lacks `missing_nanos`.
  [[nodiscard]] RateDecision refused(std::int64_t missing_nanos) const;
  /// What a bucket lacks after a charge of `tokens`, if it lacked `missing_nanos` before.
  [[nodiscard]] std::int64_t charged(std::int64_t missing_nanos, std::uint32_t tokens) const;
  /// As RateLimiter::policy.
  [[nodiscard]] std::string policy() const;

 private:
  std::int64_t token_nanos_;
  std::int64_t full_nanos_;
};

/// A token bucket per address, here or shared with other processes.
///
/// Promise: a refused call takes no token. If a needed server is away, the limiter decides by
///          itself: a limit is not a reason to refuse everybody.
/// Threads: any. No call blocks.
class RateLimiter {
 public:
  using Handler = std::function<void(RateDecision)>;

  virtual ~RateLimiter() = default;

  /// Whether calls from this address are counted at all.
  [[nodiscard]] virtual bool applies_to(const Address& address) const noexcept = 0;
  /// Takes a token if that can be decided at once. Nothing: no token was taken, call `take`.
  [[nodiscard]] virtual std::optional<RateDecision> try_take(const Address& address,
                                                             base::Micros now) = 0;
  /// Takes a token. `done` is called once, within a second, from any thread: it must hand the
  /// decision over and return.
  virtual void take(const Address& address, base::Micros now, Handler done) = 0;

  /// Takes `tokens` more for a call that was allowed and turned out to be expensive, even if they
  /// are not there: the next calls pay for the missing ones. The debt is at most twice the burst.
  /// Returns the decision that replaces `told`.
  virtual RateDecision charge(const Address& address, base::Micros now, std::uint32_t tokens,
                              const RateDecision& told) = 0;

  /// The value of `RateLimit-Policy`: `"address";q=200;w=2`.
  [[nodiscard]] virtual const std::string& policy() const noexcept = 0;
  /// The value of `RateLimit`: `"address";r=LEFT;t=SECONDS_TO_FULL`.
  [[nodiscard]] static std::string state(const RateDecision& decision);
};

}  // namespace tidemark::http
