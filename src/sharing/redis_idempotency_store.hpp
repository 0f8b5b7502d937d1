#pragma once

/// Answers by Idempotency-Key, shared by all processes that use one Redis.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "clients/redis/address.hpp"
#include "ingest/idempotency_store.hpp"
#include "sharing/script_queue.hpp"

namespace tidemark::sharing {

/// Promise:  of all requests with one key, to whatever process, only one gets Begin, because the
///           server looks and marks in one step. A use whose process died ends after `running_max`.
/// Errors:   Unavailable from `begin` if Redis is away, slow or full. If Redis did not say whether
///           it began a use or kept an answer, that use is taken back with the next call that Redis
///           answers, or ends by itself.
/// Bounds:   keys, bytes and age over all processes, enforced by each call: the oldest is dropped
///           first, and counted. An answer of more than `answer_bytes_max` is not kept.
/// Threads:  any. No call blocks. Handlers are called from a thread of the store, or at once.
/// Lifetime: its destructor tells waiting callers that Redis is away.
///
/// What is remembered is in one Redis, not in a cluster, and only as long as that Redis keeps it; a
/// `maxmemory` policy that evicts makes it forget sooner. Ids make a forgotten repeat harmless.
class RedisIdempotencyStore final : public ingest::IdempotencyStore {
 public:
  struct Options {
    std::size_t keys_max = 100'000;
    std::size_t bytes_max = std::size_t{64} << 20U;
    std::chrono::milliseconds age_max = std::chrono::hours(24);
    /// Must be longer than a request may run, otherwise a second request with its key begins beside
    /// it.
    std::chrono::milliseconds running_max = std::chrono::minutes(5);
    std::size_t answer_bytes_max = std::size_t{4} << 20U;
    std::chrono::milliseconds redis_answer_max{1'000};
  };

  RedisIdempotencyStore(clients::redis::Address server, Options options);

  void begin(std::string_view key, event::IdHash request, LookedHandler done) override;
  void finish(std::string_view key, std::uint64_t use, ingest::RememberedAnswer answer,
              FinishedHandler done) override;
  void forget(std::string_view key, std::uint64_t use) override;

  struct Figures {
    ScriptQueue::Figures queue;
    std::uint64_t keys = 0;       ///< remembered by all processes, as last heard
    std::uint64_t dropped = 0;    ///< dropped before their age, by calls of this process
    std::uint64_t not_kept = 0;   ///< answers that were too large, or that Redis refused
    std::uint64_t owed_lost = 0;  ///< uses left to end by themselves, because too many wait
  };
  [[nodiscard]] Figures figures() const;
  /// As ScriptQueue::wait_until_up.
  bool wait_until_up(std::chrono::milliseconds at_most) const {
    return queue_.wait_until_up(at_most);
  }

 private:
  struct Use {
    std::string key;
    std::uint64_t number = 0;
  };

  /// The parts of the script's answer.
  struct Told;
  static base::Result<Told> read(const base::Result<clients::redis::Reply>& reply);

  void ask(std::string_view action, std::string_view key, std::vector<std::string> values,
           std::function<void(base::Result<Told>)> done);
  /// Notes a use that must be taken back when Redis answers again.
  void owe(Use use);
  void pay_what_is_owed();

  const Options options_;
  const std::vector<std::string> bounds_;  // the first values of every call
  std::atomic<std::uint64_t> next_use_;
  std::atomic<std::uint64_t> keys_{0};
  std::atomic<std::uint64_t> dropped_{0};
  std::atomic<std::uint64_t> not_kept_{0};
  std::atomic<std::uint64_t> owed_lost_{0};
  std::mutex mutex_;
  std::vector<Use> owed_;
  ScriptQueue queue_;  // last: its handlers use the members above
};

}  // namespace tidemark::sharing
