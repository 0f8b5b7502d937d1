#include "sharing/redis_idempotency_store.hpp"

#include <cassert>
#include <charconv>
#include <iterator>
#include <memory>
#include <optional>
#include <random>
#include <utility>

namespace tidemark::sharing {
namespace {

using base::Error;
using base::ErrorCode;
using clients::redis::Reply;
using Verdict = ingest::IdempotencyStore::Verdict;

constexpr std::string_view kPrefix = "tidemark:idempotency:";

/// Uses that wait to be taken back; those beyond end by themselves.
constexpr std::size_t kOwedMax = 1'000;

/// KEYS: the record of the key, the index, the sizes. ARGV: prefix of records, keys_max, bytes_max,
/// age_max, running_max; action, key, and what the action needs. Returns a verdict, how many keys
/// are remembered, how many were dropped, and for a repeat its status, type and body.
/// docs/formats/shared.md tells what each key holds.
///
/// The index, not KEYS, names the records that are dropped: this runs on one server, not on a
/// cluster.
constexpr std::string_view kRemember = R"lua(
local record, index, sizes = KEYS[1], KEYS[2], KEYS[3]
local prefix, keys_max, bytes_max = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local age_max, running_max, action, key = tonumber(ARGV[4]), ARGV[5], ARGV[6], ARGV[7]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- The sum lies in the same hash as what it is of: a server that evicts takes both.
local function set_size(name, size)
  local before = tonumber(redis.call('HGET', sizes, 'of:' .. name) or '0')
  if size == 0 then
    redis.call('HDEL', sizes, 'of:' .. name)
  else
    redis.call('HSET', sizes, 'of:' .. name, size)
  end
  redis.call('HINCRBY', sizes, 'sum', size - before)
end

local function drop(name)
  redis.call('DEL', prefix .. name)
  redis.call('ZREM', index, name)
  set_size(name, 0)
end

-- A few at a time: a call adds one at most, and none may hold up the server.
local function make_room()
  local dropped = 0
  for _ = 1, 64 do
    local oldest = redis.call('ZRANGE', index, 0, 0, 'WITHSCORES')
    if not oldest[1] then
      redis.call('DEL', sizes)
      break
    end
    local old = tonumber(oldest[2]) + age_max <= now
    local full = redis.call('ZCARD', index) > keys_max or
                 tonumber(redis.call('HGET', sizes, 'sum') or '0') > bytes_max
    if not old and not full then break end
    if not old then dropped = dropped + 1 end
    drop(oldest[1])
  end
  return dropped
end

local function answer(verdict, ...)
  local dropped = make_room()
  return {verdict, redis.call('ZCARD', index), dropped, ...}
end

if action == 'begin' then
  local request, use, size = ARGV[8], ARGV[9], tonumber(ARGV[10])
  local known = redis.call('HMGET', record, 'request', 'status', 'type', 'body')
  if known[1] and known[1] ~= request then return answer('different') end
  if known[1] and not known[2] then return answer('running') end
  if known[1] then return answer('repeat', known[2], known[3], known[4]) end
  redis.call('HSET', record, 'request', request, 'use', use)
  redis.call('PEXPIRE', record, running_max)
  redis.call('ZADD', index, now, key)
  set_size(key, size)
  return answer('begin')
end

if redis.call('HGET', record, 'use') ~= ARGV[8] then return answer('over') end
if action == 'forget' then
  drop(key)
  return answer('forgotten')
end
redis.call('HSET', record, 'status', ARGV[9], 'type', ARGV[10], 'body', ARGV[11])
redis.call('HDEL', record, 'use')
redis.call('PEXPIRE', record, age_max)
set_size(key, tonumber(ARGV[12]))
return answer('kept')
)lua";

/// A record, its places in index and sizes, roughly.
constexpr std::size_t kEntryOverheadBytes = 400;

std::string size_text(std::string_view key, std::size_t more) {
  return std::to_string(kEntryOverheadBytes + 3 * key.size() + more);
}

std::string text_of(event::IdHash request) {
  return std::to_string(request.high) + '.' + std::to_string(request.low);
}

std::optional<Verdict> verdict_in(std::string_view text) {
  if (text == "begin") return Verdict::Begin;
  if (text == "running") return Verdict::Running;
  if (text == "repeat") return Verdict::Repeat;
  if (text == "different") return Verdict::Different;
  return std::nullopt;
}

/// Uses of one process follow each other; those of two meet by chance only.
std::uint64_t first_use() {
  std::random_device random;
  return std::uint64_t{random()} << 32U | random();
}

}  // namespace

struct RedisIdempotencyStore::Told {
  std::string verdict;
  std::uint64_t keys = 0;
  std::uint64_t dropped = 0;
  ingest::RememberedAnswer answer;
};

RedisIdempotencyStore::RedisIdempotencyStore(clients::redis::Address server, Options options)
    : options_(options),
      bounds_{std::string(kPrefix), std::to_string(options.keys_max),
              std::to_string(options.bytes_max), std::to_string(options.age_max.count()),
              std::to_string(options.running_max.count())},
      next_use_(first_use()),
      queue_(std::move(server), clients::redis::Script(kRemember),
             {.purpose = "answers by Idempotency-Key",
              .meanwhile = "requests with such a key are refused",
              .thread = "idempotency",
              .answer_max = options.redis_answer_max}) {}

void RedisIdempotencyStore::begin(std::string_view key, event::IdHash request, LookedHandler done) {
  assert(done);
  const auto use = next_use_++;
  ask("begin", key, {text_of(request), std::to_string(use), size_text(key, 0)},
      [this, key = std::string(key), use, done = std::move(done)](base::Result<Told> told) {
        const auto verdict = told ? verdict_in(told->verdict) : std::nullopt;
        if (!verdict) {
          if (told || told.error().code() == ErrorCode::TimedOut) owe({key, use});
          done(Error{ErrorCode::Unavailable,
                     "Redis, which remembers Idempotency-Keys, is not available; try again later"});
          return;
        }
        Looked looked{.verdict = *verdict, .use = use, .answer = nullptr};
        if (looked.verdict == Verdict::Repeat) {
          looked.answer = std::make_shared<const ingest::RememberedAnswer>(std::move(told->answer));
        }
        done(std::move(looked));
      });
}

void RedisIdempotencyStore::finish(std::string_view key, std::uint64_t use,
                                   ingest::RememberedAnswer answer, FinishedHandler done) {
  assert(done);
  const auto bytes = answer.content_type.size() + answer.body.size();
  if (bytes > options_.answer_bytes_max) {
    ++not_kept_;
    forget(key, use);
    done();
    return;
  }
  ask("finish", key,
      {std::to_string(use), std::to_string(answer.status), std::move(answer.content_type),
       std::move(answer.body), size_text(key, bytes)},
      [this, key = std::string(key), use, done = std::move(done)](const auto& told) {
        if (!told) {
          ++not_kept_;
          owe({key, use});
        }
        done();
      });
}

void RedisIdempotencyStore::forget(std::string_view key, std::uint64_t use) {
  ask("forget", key, {std::to_string(use)}, [this, key = std::string(key), use](const auto& told) {
    if (!told) owe({key, use});
  });
}

void RedisIdempotencyStore::ask(std::string_view action, std::string_view key,
                                std::vector<std::string> values,
                                std::function<void(base::Result<Told>)> done) {
  assert(done && bounds_.size() == 5);
  const std::string prefix(kPrefix);
  ScriptQueue::Call call{.keys = {prefix + std::string(key), "tidemark:idempotency-index",
                                  "tidemark:idempotency-sizes"},
                         .values = bounds_};
  call.values.emplace_back(action);
  call.values.emplace_back(key);
  std::move(values.begin(), values.end(), std::back_inserter(call.values));
  queue_.ask(std::move(call), [this, done = std::move(done)](const auto& reply) {
    auto told = read(reply);
    if (!told) return done(told.error());
    keys_ = told->keys;
    dropped_ += told->dropped;
    done(std::move(told));
    pay_what_is_owed();
  });
}

base::Result<RedisIdempotencyStore::Told> RedisIdempotencyStore::read(
    const base::Result<Reply>& reply) {
  if (!reply) return reply.error();
  const auto& items = reply->items;
  if (items.size() < 3) return clients::redis::unexpected("a script");
  Told told{.verdict = items[0].text,
            .keys = static_cast<std::uint64_t>(items[1].integer),
            .dropped = static_cast<std::uint64_t>(items[2].integer),
            .answer = {}};
  if (told.verdict != "repeat") return told;
  if (items.size() < 6) return clients::redis::unexpected("a script");
  const auto& status = items[3].text;
  const auto parsed =
      std::from_chars(status.data(), status.data() + status.size(), told.answer.status);
  if (parsed.ec != std::errc{}) return clients::redis::unexpected("a script");
  told.answer.content_type = items[4].text;
  told.answer.body = items[5].text;
  return told;
}

void RedisIdempotencyStore::owe(Use use) {
  const std::lock_guard lock(mutex_);
  if (owed_.size() < kOwedMax) {
    owed_.push_back(std::move(use));
  } else {
    ++owed_lost_;
  }
  assert(owed_.size() <= kOwedMax);
}

void RedisIdempotencyStore::pay_what_is_owed() {
  std::vector<Use> owed;
  {
    const std::lock_guard lock(mutex_);
    owed.swap(owed_);
  }
  for (const auto& use : owed) forget(use.key, use.number);
}

RedisIdempotencyStore::Figures RedisIdempotencyStore::figures() const {
  return {.queue = queue_.figures(),
          .keys = keys_,
          .dropped = dropped_,
          .not_kept = not_kept_,
          .owed_lost = owed_lost_};
}

}  // namespace tidemark::sharing
