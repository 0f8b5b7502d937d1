#pragma once

/// Answers of statistics in Redis: what one process has calculated the others need not.

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

/// Promise:  an answer is found under its question, epoch and position alone, so none is stale;
/// what
///           does not read back whole is not there. While Redis is away nobody asks it for `rest`
///           at a time: a server that hangs holds up few questions, each by `answer_max`.
/// Errors:   none: who finds nothing calculates. Failures are counted; that Redis is away, and that
///           it is back, is logged once each.
/// Bounds:   bytes of one answer and its age; all together by the server's `maxmemory`, with a
///           policy that evicts (`allkeys-lru`): with `noeviction` a full server keeps no more.
/// Threads:  any that may block, for `answer_max` and as long as resolving the server's name takes.
class RedisAnswerCache final : public query::SharedAnswerCache {
 public:
  struct Options {
    std::size_t connections_max = 2;  ///< as many as threads ask
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
    std::uint64_t skipped = 0;    ///< calls for which it was not asked, while it is away
    std::uint64_t damaged = 0;    ///< misses whose bytes were not an answer
    std::uint64_t too_large = 0;  ///< answers that were not kept for it
  };
  [[nodiscard]] Figures figures() const;

 private:
  using Clock = std::chrono::steady_clock;

  /// Nothing: it failed, or was not asked.
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
