#include "sharing/redis_answer_cache.hpp"

#include <array>
#include <utility>

#include "sharing/answer_encoding.hpp"
#include "telemetry/log.hpp"

namespace tidemark::sharing {
namespace {

using clients::redis::Reply;

constexpr std::string_view kPurpose = "answers of statistics";

/// The bytes of a reply in addition to those of an answer.
constexpr std::size_t kReplyOverheadBytes = 4'096;

/// The version is in the name too: two versions side by side do not overwrite each other's.
std::string name_of(std::string_view key, event::Sequence position) {
  return "tidemark:answer:" + std::to_string(kAnswerEncodingVersion) + ':' +
         std::to_string(position) + ':' + std::string(key);
}

clients::redis::Pool::Options pooled(const RedisAnswerCache::Options& options) {
  return {
      .connections_max = options.connections_max,
      .wait_max = options.answer_max,
      .dialer = {
          .connection = {.connect_max = options.answer_max,
                         .command_max = options.answer_max,
                         .reply_bytes_max = options.answer_bytes_max + kReplyOverheadBytes},
          // The pauses are `rest`.
          .pauses = {.first = std::chrono::milliseconds(0), .most = std::chrono::milliseconds(0)}}};
}

}  // namespace

RedisAnswerCache::RedisAnswerCache(clients::redis::Address server, Options options)
    : options_(options), pool_(std::move(server), pooled(options)) {}

std::optional<query::Answered> RedisAnswerCache::find(std::string_view key,
                                                      event::Sequence position) {
  const auto name = name_of(key, position);
  const auto reply = ask(std::array<std::string_view, 2>{"GET", name});
  if (!reply) return std::nullopt;
  if (reply->is_nil()) {
    ++misses_;
    return std::nullopt;
  }
  auto answered = decode(reply->text);
  if (!answered || answered->as_of != position) {
    ++misses_;
    ++damaged_;
    return std::nullopt;
  }
  ++hits_;
  return *std::move(answered);
}

void RedisAnswerCache::keep(std::string_view key, const query::Answered& answered) {
  const auto bytes = encode(answered);
  if (bytes.size() > options_.answer_bytes_max) {
    ++too_large_;
    return;
  }
  const auto name = name_of(key, answered.as_of);
  const auto age_max = std::to_string(options_.age_max.count());
  const auto reply = ask(std::array<std::string_view, 5>{"SET", name, bytes, "PX", age_max});
  if (reply) ++kept_;
}

std::optional<Reply> RedisAnswerCache::ask(clients::redis::Words words) {
  if (Clock::now().time_since_epoch().count() < rests_until_) {
    ++skipped_;
    return std::nullopt;
  }
  auto reply = exchange(words);
  if (reply) {
    if (away_.exchange(false)) telemetry::info("Redis is back", {{"for", kPurpose}});
    return *std::move(reply);
  }
  ++errors_;
  // A server without memory, or without a connection to spare, still answers others.
  if (reply.error().code() == base::ErrorCode::Overloaded) return std::nullopt;
  rests_until_ = (Clock::now() + options_.rest).time_since_epoch().count();
  if (!away_.exchange(true)) {
    telemetry::warning("Redis is away", {{"for", kPurpose},
                                         {"meanwhile", "each process calculates its own"},
                                         {"why", reply.error().message()}});
  }
  return std::nullopt;
}

base::Result<Reply> RedisAnswerCache::exchange(clients::redis::Words words) {
  auto connection = pool_.borrow();
  if (!connection) return connection.error();
  return (*connection)->command(words);
}

RedisAnswerCache::Figures RedisAnswerCache::figures() const {
  return {.hits = hits_,
          .misses = misses_,
          .kept = kept_,
          .errors = errors_,
          .skipped = skipped_,
          .damaged = damaged_,
          .too_large = too_large_};
}

}  // namespace tidemark::sharing
