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
#include "event/id_hash.hpp"
#include "ledger/postgres/partitions.hpp"
#include "ledger/writer.hpp"

namespace tidemark::ledger::postgres {

struct BatchRows;

/// Errors:   as those of any Writer; InvalidInput where PostgreSQL always refuses a value.
/// Cost:     six round trips and one sync a batch, 40 bytes of memory an event beside the rows.
class PostgresWriter final : public Writer {
 public:
  /// Connects at the first batch, and again after a connection was lost.
  explicit PostgresWriter(clients::postgres::Options options);

  using Writer::write;
  base::Result<Written> write(std::span<const EntryEvents> batch, Mode mode) override;
  base::Result<std::string> epoch() override;
  /// Makes the partitions of the months to come before their first event does.
  base::Status upkeep(base::Micros now, const OldEntries& old) override;

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
