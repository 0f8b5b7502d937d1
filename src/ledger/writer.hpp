#pragma once

/// A ledger on other servers, which takes the content of queue entries, each event once.

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
  /// A view that has reached this position knows all events of the batch.
  std::uint64_t position = 0;
  std::size_t accepted = 0;
  std::size_t duplicates = 0;        ///< among the entries that were new
  std::size_t repeated_entries = 0;  ///< known before: a redelivery; their events were ignored
};

/// Entries that never come again and that no client asks for.
struct OldEntries {
  std::uint32_t shards = 1;         ///< all streams from 0 to this one, excluded
  std::uint64_t before_millis = 0;  ///< by the queue's time
};

/// Promise:  a batch is in the ledger whole or not at all, and synced when `write` succeeds.
///           Writing it again, or some of its entries in another batch, changes nothing. Of two
///           rows with one id the ledger keeps the one that is committed first; within a batch, the
///           first one.
/// Errors:   InvalidInput: the ledger always refuses some value of the batch (split it until the
///           event is found); TooLarge: over kBatchRowsMax; Conflict: the server has another
///           history than the one asked for, or another writer with some of the same ids was in the
///           way. All except the first two are worth trying again; whether the batch was committed
///           is then unknown, and the next try finds it out.
/// Threads:  one at a time; any number of writers in parallel. Blocks.
class Writer {
 public:
  static constexpr std::size_t kBatchRowsMax = 200'000;

  virtual ~Writer() = default;

  enum class Mode : std::uint8_t {
    Commit,
    Try,  ///< everything except the commit: tests whether the ledger takes the batch, and changes
          ///< nothing
  };

  /// The batch must have at least one entry. If an entry occurs twice, the first one counts.
  virtual base::Result<Written> write(std::span<const EntryEvents> batch, Mode mode) = 0;
  base::Result<Written> write(std::span<const EntryEvents> batch) {
    return write(batch, Mode::Commit);
  }

  /// Asks the server for the history that is written to: see FeedHead::epoch. From here on a server
  /// with another history gets nothing (Conflict), until this is called again.
  virtual base::Result<std::string> epoch() = 0;

  /// Makes room for the coming events, and drops the names of old entries. For one writer of a
  /// process, every minute or so.
  virtual base::Status upkeep(base::Micros now, const OldEntries& old) = 0;
};

}  // namespace tidemark::ledger
