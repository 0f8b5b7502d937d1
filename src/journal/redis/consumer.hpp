#pragma once

/// A worker's end of the streams: entries to work on, and what became of them.

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

/// What was appended as one, and where.
struct Entry {
  event::EntryId position;
  std::string payload;
  std::uint32_t tries = 1;  ///< times it was delivered, this one included
};

/// Part of an entry, or all of it, that no worker can store.
struct Burial {
  std::string_view payload;
  std::string_view error;  ///< the first kBurialErrorBytesMax bytes are kept
  std::uint32_t tries = 1;
};
inline constexpr std::size_t kBurialErrorBytesMax = 2'000;

/// One member of the group of workers.
///
/// Promise:  an entry is delivered to one consumer at a time, until one acknowledged or buried it;
///           whose consumer is silent for too long may be claimed by another, so that an entry may
///           be worked on twice.
/// Order:    within a shard as appended, but for entries that are claimed.
/// Errors:   Unavailable: the server is away, slow, or does not keep what it takes. Overloaded: a
///           bound of the server's. The next call connects again, with growing pauses. What failed
///           may have been done: reading again gives other entries, and what was read and not heard
///           of is claimed later; acknowledging again is harmless.
/// Threads:  one at a time.
class Consumer {
 public:
  struct Options {
    Streams streams = {};
    /// In the group, unique among all processes that run: "host-4711".
    std::string name = "worker";
    /// `greet` is the consumer's own: `check_durability`, and the groups are made where they are
    /// missing, so that they begin with the first entry.
    clients::redis::Dialer::Options dialer = {};
  };

  /// Connects when it is first needed. `options.streams` has passed its `check`.
  Consumer(clients::redis::Address address, Options options);
  Consumer(const Consumer&) = delete;
  Consumer& operator=(const Consumer&) = delete;

  /// How much is taken at once. Each shard has its part of it; one that gives larger entries than
  /// before may go over its bytes (see `read_script`).
  struct Most {
    std::size_t entries = 4'000;
    std::size_t bytes = std::size_t{8} << 20U;
  };

  /// New entries, at least one where there are any. Else waits until one comes, and takes at most
  /// one of each shard then; none: nothing came in `wait_max`.
  base::Result<std::vector<Entry>> read(const Most& most, std::chrono::milliseconds wait_max);
  /// Whether the last `read` left something, as far as it could see.
  [[nodiscard]] bool left_some() const { return left_some_; }

  /// Entries that somebody, this consumer included, has held for longer than `idle_min` and not
  /// acknowledged. None: none was found this time, and the next call looks further. `idle_min` is
  /// longer than anybody works on a batch.
  base::Result<std::vector<Entry>> claim(const Most& most, std::chrono::milliseconds idle_min);

  /// Says into which history of which ledger entries are committed from now on. The first consumer
  /// that names another one than was named before (a standby that had not got everything was made
  /// the first server, a dump was read back) has everything of the last `back` delivered again to
  /// all; how many entries of it had been acknowledged.
  base::Result<std::uint64_t> follow_ledger(std::string_view epoch, std::chrono::milliseconds back);

  /// The entries are committed in the ledger that was named last: they are not delivered again.
  /// Conflict: another consumer has named another one since; nothing is acknowledged.
  base::Status acknowledge(std::span<const Entry* const> entries);
  base::Status acknowledge(std::span<const Entry> entries);

  /// Acknowledges an entry and keeps parts of it as dead letters, in one step. An entry that
  /// another consumer has acknowledged leaves no letters. Conflict: as above; Overloaded: there are
  /// dead_letters_max.
  base::Status bury(const Entry& entry, std::span<const Burial> parts);

  /// What stays of entries that are committed, so that a server to which not everything had been
  /// copied can be asked again.
  struct Kept {
    std::chrono::milliseconds time = std::chrono::minutes(10);
    /// Memory of all shards; above it the oldest go before their time.
    std::uint64_t bytes_max = std::uint64_t{64} << 20U;
  };
  /// Forgets committed entries, in nodes of up to a hundred; never one that is not committed. How
  /// many went. Sets the count of open bytes right where nothing is open. For any one worker, now
  /// and then.
  base::Result<std::uint64_t> trim(const Kept& kept);

  /// Removes consumers that hold nothing and were silent for `idle_min`: how many.
  base::Result<std::uint64_t> forget_consumers(std::chrono::milliseconds idle_min);

  /// See `queue_figures`.
  base::Result<QueueFigures> figures();

  /// Entries that were deleted by hand while somebody held them, as `claim` has found.
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
  std::uint32_t first_shard_ = 0;  ///< the next read gives it most: none is always last
  bool left_some_ = false;
  std::vector<std::string> cursors_;  ///< where each shard's next claim begins
  std::uint64_t gone_ = 0;
};

}  // namespace tidemark::journal::redis
