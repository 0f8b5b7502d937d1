#include "http/limits/rate_limit.hpp"

#include <algorithm>
#include <cassert>

namespace tidemark::http {
namespace {

constexpr std::int64_t kNanosPerSecond = 1'000'000'000;

std::uint32_t seconds_up(std::int64_t nanos) {
  return static_cast<std::uint32_t>((std::max<std::int64_t>(nanos, 0) + kNanosPerSecond - 1) /
                                    kNanosPerSecond);
}

std::int64_t rounded_up(std::int64_t nanos, std::int64_t grain) {
  return std::max<std::int64_t>((nanos + grain - 1) / grain, 1) * grain;
}

}  // namespace

TokenBucket::TokenBucket(const RateLimit& limit, std::int64_t grain_nanos)
    : token_nanos_(rounded_up(static_cast<std::int64_t>(static_cast<double>(kNanosPerSecond) /
                                                        std::max(limit.per_second, 1e-6)),
                              grain_nanos)),
      full_nanos_(token_nanos_ * static_cast<std::int64_t>(std::max(limit.burst, 1U))) {
  assert(grain_nanos > 0 && full_nanos_ >= token_nanos_);
}

std::uint64_t TokenBucket::key_of(const Address& address) {
  const std::size_t from = address.is_v4() ? 8 : 0;
  std::uint64_t key = 0;
  for (std::size_t i = 0; i < 8; ++i) key = key << 8U | address.bytes[from + i];
  return key;
}

RateDecision TokenBucket::allowed(std::int64_t missing_nanos) const {
  const auto left = std::max<std::int64_t>(full_nanos_ - missing_nanos, 0) / token_nanos_;
  return {.left = static_cast<std::uint32_t>(left), .seconds_to_full = seconds_up(missing_nanos)};
}

RateDecision TokenBucket::refused(std::int64_t missing_nanos) const {
  return {.allowed = false,
          .seconds_to_full = seconds_up(missing_nanos),
          .retry_after = std::max(seconds_up(missing_nanos + token_nanos_ - full_nanos_), 1U)};
}

std::int64_t TokenBucket::charged(std::int64_t missing_nanos, std::uint32_t tokens) const {
  return std::min(missing_nanos + token_nanos_ * static_cast<std::int64_t>(tokens),
                  std::max(missing_nanos, 2 * full_nanos_));
}

std::string TokenBucket::policy() const {
  return "\"address\";q=" + std::to_string(full_nanos_ / token_nanos_) +
         ";w=" + std::to_string(std::max(seconds_up(full_nanos_), 1U));
}

std::string RateLimiter::state(const RateDecision& decision) {
  return "\"address\";r=" + std::to_string(decision.left) +
         ";t=" + std::to_string(decision.seconds_to_full);
}

}  // namespace tidemark::http
