#pragma once

/// What a ledger on other servers has committed, in its order and without gaps, for readers that
/// follow it.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "event/entry_id.hpp"
#include "event/event.hpp"
#include "event/stored_rows.hpp"

namespace tidemark::ledger {

/// The end of what was committed.
struct FeedHead {
  /// Names the history that positions belong to: this ledger, on this server, on this timeline.
  /// After a dump was restored or a standby promoted, the history is another one, in which events
  /// that had a position may be gone; a view of another epoch is made anew.
  std::string epoch;
  std::uint64_t position = 0;  ///< of the last batch; 0: there is no batch
  std::uint64_t events = 0;    ///< number of events up to `position`
};

/// One transaction of a writer.
struct FeedBatch {
  std::uint64_t position = 0;
  std::int64_t batch_id = 0;
  event::Sequence first_sequence = 0;
  std::uint64_t events = 0;  ///< may be 0
  base::Micros first_occurred_at = 0;
  base::Micros last_occurred_at = 0;
  base::Micros committed_at = 0;
};

struct FeedPage {
  FeedHead head;                        ///< as it was when the batches were read
  std::vector<FeedBatch> batches = {};  ///< without a gap; empty: there is nothing new
};

/// How much one call reads.
struct FeedBounds {
  std::size_t batches_max = 1'000;
  std::uint64_t events_max = 100'000;  ///< except that one batch is always read
};

/// Promise:  an event has one sequence for ever, whichever reader asks and however often.
/// Errors:   Unavailable: no connection, or the server may not answer; Corrupt: a batch differs
///           from what was committed, for example because somebody has removed rows.
/// Threads:  any.
class Feed {
 public:
  virtual ~Feed() = default;

  virtual base::Result<FeedHead> head() = 0;

  /// The batches after position `after`, oldest first. The caller checks the epoch before it takes
  /// them.
  virtual base::Result<FeedPage> page(std::uint64_t after, const FeedBounds& bounds) = 0;

  /// Hands the events of a page's batches to `visit`, in order, in pieces that are valid until
  /// `visit` returns. Their `id_hash` is the key by which the ledger knows the id. An error from
  /// `visit` ends the call; if an event is missing, the events of earlier batches may have been
  /// handed over.
  virtual base::Status read(std::span<const FeedBatch> batches, const event::RowVisitor& visit) = 0;

  /// The position of the last batch whose events all have a sequence below `sequence`; 0: there is
  /// no such batch.
  virtual base::Result<std::uint64_t> position_before(event::Sequence sequence) = 0;

  /// For each entry, in order, the position of the batch that has taken its events; none: not yet
  /// taken.
  virtual base::Result<std::vector<std::optional<std::uint64_t>>> positions_of(
      std::span<const event::EntryId> entries) = 0;
};

}  // namespace tidemark::ledger
