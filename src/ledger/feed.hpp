#pragma once

/// What a ledger that servers of others keep has committed, in its order, without gaps, for whoever
/// follows it.

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
  /// After a dump was read back or a standby promoted it is another one, in which what had a
  /// position may be gone; a view of another epoch is made anew.
  std::string epoch;
  std::uint64_t position = 0;  ///< of the last batch; 0: there is none
  std::uint64_t events = 0;    ///< up to it
};

/// One transaction of a writer.
struct FeedBatch {
  std::uint64_t position = 0;
  std::int64_t batch_id = 0;
  event::Sequence first_sequence = 0;
  std::uint64_t events = 0;  ///< there may be none
  base::Micros first_occurred_at = 0;
  base::Micros last_occurred_at = 0;
  base::Micros committed_at = 0;
};

struct FeedPage {
  FeedHead head;                        ///< as it was when the batches were read
  std::vector<FeedBatch> batches = {};  ///< without a gap; none: there is nothing new
};

/// How much is read at one time.
struct FeedBounds {
  std::size_t batches_max = 1'000;
  std::uint64_t events_max = 100'000;  ///< but one batch at least
};

/// Promise:  an event has one sequence for ever, whoever reads it and how often.
/// Errors:   Unavailable: no connection, or the server may not tell; Corrupt: a batch is not as it
///           was committed, such as when somebody has removed rows.
/// Threads:  any.
class Feed {
 public:
  virtual ~Feed() = default;

  virtual base::Result<FeedHead> head() = 0;

  /// The batches behind position `after`, the oldest first. The caller looks at the epoch before
  /// it takes them.
  virtual base::Result<FeedPage> page(std::uint64_t after, const FeedBounds& bounds) = 0;

  /// Hands the events of a page's batches to `visit`, in order, in pieces that live until it
  /// returns. Their `id_hash` is the key by which the ledger knows the id. What `visit` fails with
  /// ends it; where an event is missing, those of the batches before it may have been handed over.
  virtual base::Status read(std::span<const FeedBatch> batches, const event::RowVisitor& visit) = 0;

  /// The position of the last batch all of whose events have a sequence below `sequence`; 0: there
  /// is none.
  virtual base::Result<std::uint64_t> position_before(event::Sequence sequence) = 0;

  /// For each entry, in order, the position of the batch that has taken what stood in it; none: not
  /// yet.
  virtual base::Result<std::vector<std::optional<std::uint64_t>>> positions_of(
      std::span<const event::EntryId> entries) = 0;
};

}  // namespace tidemark::ledger
