#include "http/local_rate_limiter.hpp"

#include <algorithm>

namespace tidemark::http {
namespace {

constexpr std::int64_t kNanosPerSecond = 1'000'000'000;

std::uint32_t seconds_up(std::int64_t nanos) {
  return static_cast<std::uint32_t>((std::max<std::int64_t>(nanos, 0) + kNanosPerSecond - 1) /
                                    kNanosPerSecond);
}

/// IPv4: the address; IPv6: the network of 64 bits, which one customer holds whole.
std::uint64_t key_of(const Address& address) {
  const std::size_t from = address.is_v4() ? 8 : 0;
  std::uint64_t key = 0;
  for (std::size_t i = 0; i < 8; ++i) key = key << 8U | address.bytes[from + i];
  return key;
}

}  // namespace

LocalRateLimiter::LocalRateLimiter(RateLimit limit)
    : limit_(limit),
      token_nanos_(static_cast<std::int64_t>(static_cast<double>(kNanosPerSecond) /
                                             std::max(limit.per_second, 1e-6))),
      burst_nanos_(token_nanos_ * static_cast<std::int64_t>(std::max(limit.burst, 1U))) {
  policy_ = "\"address\";q=" + std::to_string(std::max(limit.burst, 1U)) +
            ";w=" + std::to_string(std::max(seconds_up(burst_nanos_), 1U));
}

bool LocalRateLimiter::applies_to(const Address& address) const noexcept {
  return !(limit_.exempt_loopback && address.is_loopback());
}

std::optional<RateDecision> LocalRateLimiter::try_take(const Address& address, base::Micros now) {
  return decide(address, now);
}

void LocalRateLimiter::take(const Address& address, base::Micros now, Handler done) {
  done(decide(address, now));
}

RateDecision LocalRateLimiter::decide(const Address& address, base::Micros now_micros) {
  const std::int64_t now = now_micros * 1'000;
  const std::uint64_t key = key_of(address);
  Shard& shard = shards_[(key * 0x9e3779b97f4a7c15ULL) >> 60U];
  const std::lock_guard lock(shard.mutex);
  auto at = shard.full_at.find(key);
  if (at == shard.full_at.end()) {
    if (shard.full_at.size() >= std::max<std::size_t>(limit_.addresses_max / kShards, 1)) {
      make_room(shard, now);
    }
    at = shard.full_at.emplace(key, now).first;
  }
  const std::int64_t full_at = std::max(at->second, now);
  RateDecision decision;
  const std::int64_t missing = full_at - now;  // what the bucket lacks, as time
  if (missing + token_nanos_ > burst_nanos_) {
    decision.allowed = false;
    decision.retry_after = std::max(seconds_up(missing + token_nanos_ - burst_nanos_), 1U);
    decision.seconds_to_full = seconds_up(missing);
    return decision;
  }
  at->second = full_at + token_nanos_;
  decision.left =
      static_cast<std::uint32_t>((burst_nanos_ - missing - token_nanos_) / token_nanos_);
  decision.seconds_to_full = seconds_up(missing + token_nanos_);
  return decision;
}

void LocalRateLimiter::make_room(Shard& shard, std::int64_t now) {
  std::erase_if(shard.full_at, [now](const auto& entry) { return entry.second <= now; });
  if (shard.full_at.empty()) return;
  // No bucket is full: a flood of addresses. The fullest of a few goes, so the loss is small.
  auto fullest = shard.full_at.begin();
  auto next = fullest;
  for (int looked = 0; looked < 8 && next != shard.full_at.end(); ++looked, ++next) {
    if (next->second < fullest->second) fullest = next;
  }
  shard.full_at.erase(fullest);
}

std::size_t LocalRateLimiter::addresses() const {
  std::size_t all = 0;
  for (const Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    all += shard.full_at.size();
  }
  return all;
}

}  // namespace tidemark::http
