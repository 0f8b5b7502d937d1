#pragma once

/// What was committed, in its order, without gaps, for whoever follows it.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "clients/postgres/pool.hpp"
#include "event/entry_id.hpp"
#include "event/event.hpp"
#include "event/stored_rows.hpp"

namespace tidemark::ledger::postgres {

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

class FeedRows;

/// Promise:  an event has one sequence for ever, whoever reads it and how often.
/// Errors:   Unavailable: no connection, or the server is a standby; Corrupt: a batch is not as it
///           was committed, such as when somebody has removed rows.
/// Threads:  any; each call takes a connection of the pool.
/// Lifetime: `pool` outlives it.
class Feed {
 public:
  struct Bounds {
    std::size_t batches_max = 1'000;
    std::uint64_t events_max = 100'000;  ///< but one batch at least
  };

  explicit Feed(clients::postgres::Pool& pool) : pool_(&pool) {}

  base::Result<FeedHead> head();

  /// The batches behind position `after`, the oldest first. The caller looks at the epoch before
  /// it takes them.
  base::Result<FeedPage> page(std::uint64_t after, const Bounds& bounds);

  /// Hands the events of a page's batches to `visit`, in order, in pieces of at most kPieceRows
  /// that live until it returns. Their `id_hash` is the key by which the ledger knows the id: the
  /// UUID itself, or the hash of a text. What `visit` fails with ends it; where an event is
  /// missing, those of the batches before it may have been handed over. Holds the events of the
  /// page in memory, up to kReadBytesMax or one batch.
  base::Status read(std::span<const FeedBatch> batches, const event::RowVisitor& visit);

  /// The position of the last batch all of whose events have a sequence below `sequence`; 0: there
  /// is none.
  base::Result<std::uint64_t> position_before(event::Sequence sequence);

  /// For each entry, in order, the position of the batch that has taken what stood in it; none: not
  /// yet.
  base::Result<std::vector<std::optional<std::uint64_t>>> positions_of(
      std::span<const event::EntryId> entries);

  static constexpr std::size_t kPieceRows = 1'000;
  /// A page of events of usual size; of a page of larger ones a half is read at a time.
  static constexpr std::size_t kReadBytesMax = std::size_t{64} << 20U;

 private:
  /// Whether there was room for them.
  base::Result<bool> take_all(std::span<const FeedBatch> batches, FeedRows& rows);

  clients::postgres::Pool* pool_;
};

}  // namespace tidemark::ledger::postgres
