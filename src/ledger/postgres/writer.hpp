#pragma once

/// Takes what stood in entries of the journal's streams into PostgreSQL, each event once.
///
/// One transaction a batch: the entries are claimed, the ids inserted, sorted (two writers that
/// lock ids in another order wait for each other for ever), then the events whose ids are new
/// copied. Last the batch gets its position, under a lock that ends with the commit, so that
/// positions are committed in their order.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "clients/postgres/connection.hpp"
#include "event/entry_id.hpp"
#include "event/event.hpp"
#include "event/id_hash.hpp"
#include "ledger/postgres/forget_entries.hpp"
#include "ledger/postgres/partitions.hpp"

namespace tidemark::ledger::postgres {

struct BatchRows;

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

/// Promise:  a batch is in the ledger whole or not at all, synced when `write` succeeds. Writing it
///           again, or some of its entries in another batch, changes nothing. Of two rows with one
///           id the first one that is committed stays; within a batch, the first one.
/// Errors:   InvalidInput: PostgreSQL takes some value of the batch at no time (split it, until the
///           event is found); TooLarge: over kBatchRowsMax; Conflict: the server has another
///           history than was asked for, or another writer with some of the same ids was in the
///           way. All but the first two are worth trying again; it is then not known whether the
///           batch was committed, which the next try finds out.
/// Threads:  one at a time; any number of writers beside each other. Blocks.
/// Cost:     six round trips and one sync a batch, 40 bytes of memory an event beside the rows.
class Writer {
 public:
  static constexpr std::size_t kBatchRowsMax = 200'000;

  /// Connects at the first batch, and again after a connection was lost.
  explicit Writer(clients::postgres::Options options);

  enum class Mode : std::uint8_t {
    Commit,
    Try,  ///< everything but the commit: whether the ledger takes the batch; it changes nothing
  };

  /// At least one entry; of one that stands there twice the first counts.
  base::Result<Written> write(std::span<const EntryEvents> batch, Mode mode = Mode::Commit);

  /// The history that is written to, asked of the server: see FeedHead::epoch. From here on a
  /// server of another one gets nothing (Conflict), until this is asked again.
  base::Result<std::string> epoch();

  /// Makes the partitions of the months to come before their first event does, and forgets the
  /// names of old entries. For one writer of a process, every minute or so.
  base::Status upkeep(base::Micros now, const ForgetBounds& forget);

 private:
  using Connection = clients::postgres::Connection;

  /// The entries that are new, as indices into the batch, under the batch's number.
  struct Claimed {
    std::int64_t batch_id = 0;
    std::vector<bool> is_new;  // by place in BatchRows::entries
    std::size_t count = 0;
  };
  base::Status connect();
  base::Result<Written> write_connected(std::span<const EntryEvents> batch, Mode mode);
  /// Whether `put` was done; not: it failed, since something is known or just being put by another
  /// writer, and was undone. An INSERT
  /// without ON CONFLICT costs half of one with it.
  base::Result<bool> attempt(const std::function<base::Status()>& put);
  base::Result<Claimed> claim(const BatchRows& rows);
  /// Leaves the rows whose ids are new. Where no batch had known ones for some time, it is supposed
  /// that they are all new, which costs half.
  base::Status take_ids(std::int64_t batch_id, BatchRows& rows);
  /// COPY puts them by thousands, each partition's together: two writers with some of the same ids
  /// may come to wait for each other. Then PostgreSQL ends one of them (Conflict), after a second.
  base::Status copy_new_ids(std::int64_t batch_id, const BatchRows& rows);
  base::Status store(std::int64_t batch_id, BatchRows& rows);
  base::Result<std::uint64_t> publish(std::int64_t batch_id, const BatchRows& rows);
  base::Result<std::uint64_t> position_of(const BatchRows& rows);

  /// After a batch with a known id: a sender that sends again does so for a while.
  static constexpr int kCarefulBatches = 32;

  clients::postgres::Options options_;
  std::optional<Connection> connection_;
  std::string epoch_;  // as last asked for; empty: any will do
  int careful_batches_ = 0;
  std::optional<event::IdHasher> hasher_;
  Partitions partitions_;
};

}  // namespace tidemark::ledger::postgres
