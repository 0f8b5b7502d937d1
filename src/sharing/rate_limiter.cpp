#include "sharing/rate_limiter.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace tidemark::sharing {
namespace {

/// Lua counts in doubles, which hold microseconds since 1970 and no nanoseconds.
constexpr std::int64_t kNanosPerMicro = 1'000;

/// KEYS: the bucket. ARGV: microseconds for a token, and for all tokens; tokens to charge, 0 to ask
/// for one. Returns whether a token was taken, and how many microseconds the bucket then lacks. The
/// bucket is the instant at which it is full; docs/formats/shared.md.
constexpr std::string_view kTake = R"lua(
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local token, full = tonumber(ARGV[1]), tonumber(ARGV[2])
local full_at = tonumber(redis.call('GET', KEYS[1]) or now)
local charged = tonumber(ARGV[3])
local missing = math.min(math.max(full_at - now, 0), 2 * full)
if charged > 0 then
  missing = math.min(missing + charged * token, 2 * full)
else
  if missing + token > full then return {0, missing} end
  missing = missing + token
end
redis.call('SET', KEYS[1], string.format('%.0f', now + missing), 'PX', math.ceil(missing / 1000))
return {1, missing}
)lua";

std::string bucket_name(std::uint64_t key) {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), key, 16).ptr;
  return "tidemark:rate:" + std::string(digits.data(), end);
}

}  // namespace

RateLimiter::RateLimiter(clients::redis::Address server, http::RateLimit limit,
                         std::chrono::milliseconds answer_max)
    : here_(limit),
      bucket_(limit, kNanosPerMicro),
      policy_(bucket_.policy()),
      token_micros_(std::to_string(bucket_.token_nanos() / kNanosPerMicro)),
      full_micros_(std::to_string(bucket_.full_nanos() / kNanosPerMicro)),
      queue_(std::move(server), clients::redis::Script(kTake),
             {.purpose = "rate limits",
              .meanwhile = "each process limits by itself",
              .thread = "rate limits",
              .answer_max = answer_max}) {}

bool RateLimiter::applies_to(const http::Address& address) const noexcept {
  return here_.applies_to(address);
}

std::optional<http::RateDecision> RateLimiter::try_take(const http::Address& address,
                                                        base::Micros now) {
  if (queue_.up()) return std::nullopt;
  return decide_here(address, now);
}

void RateLimiter::take(const http::Address& address, base::Micros now, Handler done) {
  queue_.ask({.keys = {bucket_name(http::TokenBucket::key_of(address))},
              .values = {token_micros_, full_micros_, "0"}},
             [this, address, now, done = std::move(done)](const auto& reply) {
               const auto decision = decision_in(reply);
               done(decision ? *decision : decide_here(address, now));
             });
}

http::RateDecision RateLimiter::charge(const http::Address& address, base::Micros now,
                                       std::uint32_t tokens, const http::RateDecision& told) {
  if (!queue_.up()) return here_.charge(address, now, tokens, told);
  queue_.ask({.keys = {bucket_name(http::TokenBucket::key_of(address))},
              .values = {token_micros_, full_micros_, std::to_string(tokens)}},
             [](const auto&) {});  // what is lost of it is lost
  const std::int64_t left = static_cast<std::int64_t>(told.left) * bucket_.token_nanos();
  return bucket_.allowed(bucket_.charged(bucket_.full_nanos() - left, tokens));
}

http::RateDecision RateLimiter::decide_here(const http::Address& address, base::Micros now) {
  ++decided_here_;
  return here_.decide(address, now);
}

std::optional<http::RateDecision> RateLimiter::decision_in(
    const base::Result<clients::redis::Reply>& reply) const {
  if (!reply || reply->items.size() != 2) return std::nullopt;
  const auto missing_nanos = reply->items[1].integer * kNanosPerMicro;
  return reply->items[0].integer == 1 ? bucket_.allowed(missing_nanos)
                                      : bucket_.refused(missing_nanos);
}

RateLimiter::Figures RateLimiter::figures() const {
  return {.queue = queue_.figures(), .decided_here = decided_here_};
}

}  // namespace tidemark::sharing
