#pragma once

/// The quarantine of the server profile: a table in the ledger's database.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "clients/postgres/pool.hpp"
#include "quarantine/quarantine.hpp"

namespace tidemark::quarantine {

struct Totals;

/// Promise:  all processes that ask one database have one list. The bounds hold over all of them:
///           whoever adds removes the oldest in the same transaction.
/// Order:    ids rise in the order of commits: a page behind the last id that was seen misses none.
/// Errors:   Unavailable also where a lock or a connection was not to be had in time. After it one
///           caller at a time asks the server, once in `rest`, and the others hear Unavailable at
///           once: a server that hangs holds up one worker, not all. Corrupt: somebody has changed
///           the tables.
/// Threads:  any.
/// Lifetime: `pool` outlives it.
/// Cost:     eight round trips for an `add`; all who change the list wait for each other.
class QuarantineTable final : public Quarantine {
 public:
  static constexpr std::chrono::milliseconds kRest{1'000};

  /// The database has the schema of ledger/postgres, which docs/formats/postgresql.md describes.
  QuarantineTable(clients::postgres::Pool& pool, Bounds bounds,
                  std::chrono::milliseconds rest = kRest);

  base::Status add(std::vector<QuarantinedEvent> events) override;
  base::Result<std::size_t> add_rows(std::vector<QuarantinedEvent> rows) override;
  [[nodiscard]] base::Result<std::vector<QuarantinedEvent>> list(std::uint64_t after,
                                                                 std::size_t limit) const override;
  base::Result<std::size_t> remove(std::span<const std::uint64_t> ids) override;

  base::Result<std::size_t> remove_source(std::string_view source) override;

  /// Events and bytes are those of all processes, as this one has last heard; `dropped` are those
  /// that it has removed itself, so that the sum over all processes is right.
  [[nodiscard]] Figures figures() const override;
  [[nodiscard]] DroppedBySource dropped_by_source() const override;
  /// Counts what is there, for a start: the figures are heard, and right again where somebody has
  /// removed rows by hand.
  base::Status recount();

 private:
  using Connection = clients::postgres::Connection;
  using Clock = std::chrono::steady_clock;
  using Work = std::function<base::Status(Connection&)>;
  using Change = std::function<base::Status(Connection&, Totals&)>;

  /// Lends a connection, unless the server is left alone.
  base::Status ask(const Work& work) const;
  /// Within a transaction that holds the totals.
  base::Status change(const Change& change);
  base::Status change_connected(Connection& connection, const Change& change);
  base::Status may_ask() const;
  void note_outcome(bool away) const;
  void hear(const Totals& totals) const;

  clients::postgres::Pool& pool_;
  const Bounds bounds_;
  const std::chrono::milliseconds rest_;

  mutable std::mutex mutex_;  // guards the rest
  mutable Figures heard_;
  mutable DroppedBySource dropped_by_source_;
  mutable std::optional<Clock::time_point> rests_until_;  // none: the server answers
};

}  // namespace tidemark::quarantine
