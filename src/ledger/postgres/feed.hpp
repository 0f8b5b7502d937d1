#pragma once

/// What PostgreSQL has committed, in commit order and without gaps.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/result.hpp"
#include "clients/postgres/pool.hpp"
#include "event/entry_id.hpp"
#include "event/event.hpp"
#include "event/stored_rows.hpp"
#include "ledger/feed.hpp"

namespace tidemark::ledger::postgres {

class FeedRows;

/// Errors:   Unavailable also if the server is a standby.
/// Threads:  any; each call takes a connection from the pool.
/// Lifetime: `pool` must outlive it.
class PostgresFeed final : public Feed {
 public:
  explicit PostgresFeed(clients::postgres::Pool& pool) : pool_(&pool) {}

  base::Result<FeedHead> head() override;
  base::Result<FeedPage> page(std::uint64_t after, const FeedBounds& bounds) override;

  /// In pieces of at most kPieceRows. `id_hash` is the UUID itself, or the hash of a text. Holds
  /// the events of the page in memory, up to kReadBytesMax or one batch.
  base::Status read(std::span<const FeedBatch> batches, const event::RowVisitor& visit) override;

  base::Result<std::uint64_t> position_before(event::Sequence sequence) override;
  base::Result<std::vector<std::optional<std::uint64_t>>> positions_of(
      std::span<const event::EntryId> entries) override;

  static constexpr std::size_t kPieceRows = 1'000;
  /// Enough for a page of events of usual size; a page of larger events is read in halves.
  static constexpr std::size_t kReadBytesMax = std::size_t{64} << 20U;

 private:
  /// Takes the events of the batches; false if there was no room for them.
  base::Result<bool> take_all(std::span<const FeedBatch> batches, FeedRows& rows);

  clients::postgres::Pool* pool_;
};

}  // namespace tidemark::ledger::postgres
