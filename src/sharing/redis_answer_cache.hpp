#pragma once

/// Answers of statistics in Redis, so that an answer is calculated by one process only.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "clients/redis/address.hpp"
#include "clients/redis/connection.hpp"
#include "clients/redis/pool.hpp"
#include "clients/redis/reply.hpp"
#include "query/shared_answer_cache.hpp"

namespace tidemark::sharing {

/// Promise:  an answer is found only under its question, epoch and position, so none is stale; an
///           answer that does not read back whole counts as missing. While Redis is away, it is
///           asked only once per `rest`: a server that hangs holds up few questions, each by
///           `answer_max`.
/// Errors:   none: a caller that finds nothing calculates the answer. Failures are counted; one
///           line each is logged when Redis goes away and when it is back.
/// Bounds:   the bytes of one answer and its age; the sum by the server's `maxmemory`, with a
///           policy that evicts (`allkeys-lru`): with `noeviction` a full server keeps no more.
/// Threads:  any that may block, for `answer_max` and as long as resolving the server's name takes.
class RedisAnswerCache final : public query::SharedAnswerCache {
 public:
  struct Options {
    std::size_t connections_max = 2;  ///< as many as threads that ask
    std::chrono::milliseconds answer_max{100};
    std::chrono::milliseconds rest{1'000};
    std::chrono::milliseconds age_max = std::chrono::minutes(10);
    std::size_t answer_bytes_max = std::size_t{1} << 20U;
  };

  RedisAnswerCache(clients::redis::Address server, Options options);

  std::optional<query::Answered> find(std::string_view key, event::Sequence position) override;
  void keep(std::string_view key, const query::Answered& answered) override;

  struct Figures {
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
    std::uint64_t kept = 0;
    std::uint64_t errors = 0;     ///< calls that Redis refused, or did not answer in time
    std::uint64_t skipped = 0;    ///< calls for which Redis was not asked, while it was away
    std::uint64_t damaged = 0;    ///< misses whose bytes were not an answer
    std::uint64_t too_large = 0;  ///< answers that were not kept because of their size
  };
  [[nodiscard]] Figures figures() const;

 private:
  using Clock = std::chrono::steady_clock;

  /// Nothing: the call failed, or Redis was not asked.
  std::optional<clients::redis::Reply> ask(clients::redis::Words words);
  base::Result<clients::redis::Reply> exchange(clients::redis::Words words);

  const Options options_;
  clients::redis::Pool pool_;
  std::atomic<Clock::rep> rests_until_{Clock::time_point::min().time_since_epoch().count()};
  std::atomic<bool> away_{false};
  std::atomic<std::uint64_t> hits_{0};
  std::atomic<std::uint64_t> misses_{0};
  std::atomic<std::uint64_t> kept_{0};
  std::atomic<std::uint64_t> errors_{0};
  std::atomic<std::uint64_t> skipped_{0};
  std::atomic<std::uint64_t> damaged_{0};
  std::atomic<std::uint64_t> too_large_{0};
};

}  // namespace tidemark::sharing
