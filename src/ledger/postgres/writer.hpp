#pragma once

/// Takes the content of queue entries into PostgreSQL, each event once.
///
/// Each batch is one transaction. It claims the entries, inserts the ids in sorted order (two
/// writers that lock ids in different orders would wait for each other for ever), then copies the
/// events whose ids are new. Last it takes the batch's position, under a lock that ends with the
/// commit, so that positions are committed in their order.

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

/// Errors:   as those of any Writer; InvalidInput if PostgreSQL always refuses a value.
/// Cost:     six round trips and one sync a batch, 40 bytes of memory an event beside the rows.
class PostgresWriter final : public Writer {
 public:
  /// Connects at the first batch, and again after the connection was lost.
  explicit PostgresWriter(clients::postgres::Options options);

  using Writer::write;
  base::Result<Written> write(std::span<const EntryEvents> batch, Mode mode) override;
  base::Result<std::string> epoch() override;
  /// Makes the partitions of the coming months before their first event comes.
  base::Status upkeep(base::Micros now, const OldEntries& old) override;

 private:
  using Connection = clients::postgres::Connection;

  /// The new entries, as indices into the batch, under the batch's number.
  struct Claimed {
    std::int64_t batch_id = 0;
    std::vector<bool> is_new;  // by place in BatchRows::entries
    std::size_t count = 0;
  };
  base::Status connect();
  base::Result<Written> write_connected(std::span<const EntryEvents> batch, Mode mode);
  /// True if `put` succeeded. False if it failed because a row is known, or is just being put by
  /// another writer; then it was undone. An INSERT without ON CONFLICT costs half as much as one
  /// with it.
  base::Result<bool> attempt(const std::function<base::Status()>& put);
  base::Result<Claimed> claim(const BatchRows& rows);
  /// Keeps the rows whose ids are new. If no batch had a known id for some time, it first assumes
  /// that all are new, which costs half as much.
  base::Status take_ids(std::int64_t batch_id, BatchRows& rows);
  /// COPY puts them by thousands, those of each partition together, so two writers that share some
  /// ids may wait for each other. After a second PostgreSQL ends one of them (Conflict).
  base::Status copy_new_ids(std::int64_t batch_id, const BatchRows& rows);
  base::Status store(std::int64_t batch_id, BatchRows& rows);
  base::Result<std::uint64_t> publish(std::int64_t batch_id, const BatchRows& rows);
  base::Result<std::uint64_t> position_of(const BatchRows& rows);

  /// After a batch with a known id: a client that sends again does so for a while.
  static constexpr int kCarefulBatches = 32;

  clients::postgres::Options options_;
  std::optional<Connection> connection_;
  std::string epoch_;  // as last asked for; empty: any epoch is accepted
  int careful_batches_ = 0;
  std::optional<event::IdHasher> hasher_;
  Partitions partitions_;
};

}  // namespace tidemark::ledger::postgres
