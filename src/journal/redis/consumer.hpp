#pragma once

/// A worker's end of the streams: it takes entries, and tells what became of them.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "clients/redis/link.hpp"
#include "clients/redis/script.hpp"
#include "journal/redis/figures.hpp"
#include "journal/redis/streams.hpp"

namespace tidemark::journal::redis {

/// The payload of one append, and its place.
struct Entry {
  event::EntryId position;
  std::string payload;
  std::uint32_t tries = 1;  ///< number of deliveries, including this one
};

/// A part of an entry, or all of it, that no worker can store.
struct Burial {
  std::string_view payload;
  std::string_view error;  ///< the first kBurialErrorBytesMax bytes are kept
  std::uint32_t tries = 1;
};
inline constexpr std::size_t kBurialErrorBytesMax = 2'000;

/// One member of the group of workers.
///
/// Promise:  an entry is delivered to one consumer at a time, until one has acknowledged or buried
///           it. If a consumer is silent for too long, another may claim its entries, so an entry
///           may be processed twice.
/// Order:    within a shard as appended, except for claimed entries.
/// Errors:   Unavailable: the server is away, slow, or does not keep what it takes. Overloaded: a
///           bound of the server is reached. The next call connects again, with growing pauses. A
///           failed call may have taken effect: reading again gives other entries, and entries
///           whose delivery was lost are claimed later; acknowledging again is harmless.
/// Threads:  one at a time.
class Consumer {
 public:
  struct Options {
    Streams streams = {};
    /// The name in the group, unique among all running processes: "host-4711".
    std::string name = "worker";
    /// `greet` is set by the consumer: it calls `check_durability` and makes missing groups, which
    /// begin with the first entry.
    clients::redis::Dialer::Options dialer = {};
  };

  /// Connects when it first needs to. `options.streams` must have passed its `check`.
  Consumer(clients::redis::Address address, Options options);
  Consumer(const Consumer&) = delete;
  Consumer& operator=(const Consumer&) = delete;

  /// The most that one call takes. Each shard has its part of it; a shard that gives larger entries
  /// than before may exceed its bytes (see `read_script`).
  struct Most {
    std::size_t entries = 4'000;
    std::size_t bytes = std::size_t{8} << 20U;
  };

  /// New entries, at least one if there are any. Otherwise waits until one comes, and then takes at
  /// most one from each shard; none: nothing came in `wait_max`.
  base::Result<std::vector<Entry>> read(const Most& most, std::chrono::milliseconds wait_max);
  /// Whether the last `read` left entries, as far as it could see.
  [[nodiscard]] bool left_some() const { return left_some_; }

  /// Entries that a consumer, this one included, has held for longer than `idle_min` without
  /// acknowledging them. None: none was found this time, and the next call looks further.
  /// `idle_min` must be longer than the longest work on a batch.
  base::Result<std::vector<Entry>> claim(const Most& most, std::chrono::milliseconds idle_min);

  /// Tells into which history of which ledger entries are committed from now on. If a consumer
  /// names another epoch than the last one (a standby that lacked some events became the first
  /// server, or a dump was restored), everything of the last `back` is delivered again to all.
  /// Returns how many of these entries had been acknowledged.
  base::Result<std::uint64_t> follow_ledger(std::string_view epoch, std::chrono::milliseconds back);

  /// Tells that the entries are committed in the ledger that was named last, so that they are not
  /// delivered again. Conflict: another consumer has named another ledger since; nothing is
  /// acknowledged.
  base::Status acknowledge(std::span<const Entry* const> entries);
  base::Status acknowledge(std::span<const Entry> entries);

  /// Acknowledges an entry and keeps parts of it as dead letters, in one step. If another consumer
  /// has acknowledged the entry, no letters are kept. Conflict: as above; Overloaded: there are
  /// dead_letters_max.
  base::Status bury(const Entry& entry, std::span<const Burial> parts);

  /// How much is kept of committed entries, so that they can be delivered again to a server that
  /// has not got a copy of everything.
  struct Kept {
    std::chrono::milliseconds time = std::chrono::minutes(10);
    /// Memory of all shards; above it the oldest entries go before their time.
    std::uint64_t bytes_max = std::uint64_t{64} << 20U;
  };
  /// Removes committed entries, in nodes of up to a hundred, and never an uncommitted one. Returns
  /// their number. Corrects the count of open bytes if nothing is open. For any one worker, now and
  /// then.
  base::Result<std::uint64_t> trim(const Kept& kept);

  /// Removes consumers that hold nothing and were silent for `idle_min`. Returns their number.
  base::Result<std::uint64_t> forget_consumers(std::chrono::milliseconds idle_min);

  /// See `queue_figures`.
  base::Result<QueueFigures> figures();

  /// The number of entries, found by `claim`, that were deleted by hand while a consumer held them.
  [[nodiscard]] std::uint64_t gone() const { return gone_; }
  [[nodiscard]] std::uint64_t connects() const { return link_.connects(); }

 private:
  using Reply = clients::redis::Reply;

  base::Status greet(clients::redis::Connection& connection) const;
  base::Result<std::vector<Reply>> run_all(const clients::redis::Script& script,
                                           std::span<const clients::redis::ScriptCall> calls,
                                           std::string_view doing);
  base::Result<Reply> run(const clients::redis::Script& script,
                          const clients::redis::ScriptCall& call, std::string_view doing);
  base::Result<std::uint64_t> sum_over_shards(const clients::redis::Script& script,
                                              const std::vector<std::string_view>& values,
                                              std::string_view doing);
  base::Status read_shards(const Most& most, std::vector<Entry>& entries);
  base::Status claim_shard(std::uint32_t shard, const Most& most, std::string_view idle_min,
                           std::vector<Entry>& entries);
  base::Status wait_for_entries(std::chrono::milliseconds wait_max, std::vector<Entry>& entries);

  const Options options_;
  std::vector<ShardKeys> keys_;
  clients::redis::Link link_;
  std::string ledger_;             ///< the epoch that was named last
  std::uint32_t first_shard_ = 0;  ///< the next read favours this shard
  bool left_some_ = false;
  std::vector<std::string> cursors_;  ///< where each shard's next claim begins
  std::uint64_t gone_ = 0;
};

}  // namespace tidemark::journal::redis
