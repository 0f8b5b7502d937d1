#pragma once

/// A ledger that servers of others keep: it takes what stood in entries of a queue, each event
/// once.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "event/entry_id.hpp"
#include "event/event.hpp"

namespace tidemark::ledger {

/// The events of one entry.
struct EntryEvents {
  event::EntryId entry;
  event::ProjectId project = event::ProjectId::Default;
  base::Micros received_at = 0;
  std::span<const event::Row> rows;
};

/// What became of a batch.
struct Written {
  /// From here on a view knows all that the batch's entries held.
  std::uint64_t position = 0;
  std::size_t accepted = 0;
  std::size_t duplicates = 0;        ///< of the entries that were new
  std::size_t repeated_entries = 0;  ///< known before: a redelivery; of these nothing was looked at
};

/// Entries that never come again and that nobody asks for.
struct OldEntries {
  std::uint32_t shards = 1;         ///< of all streams from 0 to this, excluded
  std::uint64_t before_millis = 0;  ///< by the queue's time
};

/// Promise:  a batch is in the ledger whole or not at all, synced when `write` succeeds. Writing it
///           again, or some of its entries in another batch, changes nothing. Of two rows with one
///           id the first one that is committed stays; within a batch, the first one.
/// Errors:   InvalidInput: the ledger always refuses some value of the batch (split it, until the
///           event is found); TooLarge: over kBatchRowsMax; Conflict: the server has another
///           history than was asked for, or another writer with some of the same ids was in the
///           way. All but the first two are worth trying again; it is then not known whether the
///           batch was committed, which the next try finds out.
/// Threads:  one at a time; any number of writers beside each other. Blocks.
class Writer {
 public:
  static constexpr std::size_t kBatchRowsMax = 200'000;

  virtual ~Writer() = default;

  enum class Mode : std::uint8_t {
    Commit,
    Try,  ///< everything but the commit: whether the ledger takes the batch; it changes nothing
  };

  /// At least one entry; of one that stands there twice the first counts.
  virtual base::Result<Written> write(std::span<const EntryEvents> batch, Mode mode) = 0;
  base::Result<Written> write(std::span<const EntryEvents> batch) {
    return write(batch, Mode::Commit);
  }

  /// The history that is written to, asked of the server: see FeedHead::epoch. From here on a
  /// server of another one gets nothing (Conflict), until this is asked again.
  virtual base::Result<std::string> epoch() = 0;

  /// Makes room for the events to come, and forgets the names of old entries. For one writer of a
  /// process, every minute or so.
  virtual base::Status upkeep(base::Micros now, const OldEntries& old) = 0;
};

}  // namespace tidemark::ledger
