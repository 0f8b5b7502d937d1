#include "http/limits/local_rate_limiter.hpp"

#include <algorithm>
#include <cassert>

namespace tidemark::http {

LocalRateLimiter::LocalRateLimiter(RateLimit limit)
    : limit_(limit), bucket_(limit), policy_(bucket_.policy()) {}

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
  const std::uint64_t key = TokenBucket::key_of(address);
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  std::int64_t& at = full_at(shard, key, now);
  const std::int64_t full_at = std::max(at, now);
  const std::int64_t missing = full_at - now;  // what the bucket lacks, as time
  if (missing + bucket_.token_nanos() > bucket_.full_nanos()) return bucket_.refused(missing);
  at = full_at + bucket_.token_nanos();
  return bucket_.allowed(missing + bucket_.token_nanos());
}

RateDecision LocalRateLimiter::charge(const Address& address, base::Micros now_micros,
                                      std::uint32_t tokens, const RateDecision& /*told*/) {
  const std::int64_t now = now_micros * 1'000;
  const std::uint64_t key = TokenBucket::key_of(address);
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  std::int64_t& at = full_at(shard, key, now);
  const std::int64_t missing = bucket_.charged(std::max(at, now) - now, tokens);
  assert(missing >= 0);
  at = now + missing;
  return bucket_.allowed(missing);
}

std::int64_t& LocalRateLimiter::full_at(Shard& shard, std::uint64_t key, std::int64_t now) {
  const auto at = shard.full_at.find(key);
  if (at != shard.full_at.end()) return at->second;
  if (shard.full_at.size() >= std::max<std::size_t>(limit_.addresses_max / kShards, 1)) {
    make_room(shard, now);
  }
  return shard.full_at.emplace(key, now).first->second;
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
