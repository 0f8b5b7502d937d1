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

/// Promise:  all processes that use one database have one list. The bounds apply to all of them
///           together: a process that adds events removes the oldest in the same transaction.
/// Order:    ids rise in commit order: a page after the last id that was seen misses none.
/// Errors:   Unavailable also if a lock or a connection could not be had in time. After that, one
///           caller at a time asks the server, once per `rest`, and all others get Unavailable at
///           once: a server that hangs holds up one worker, not all. Corrupt: somebody has changed
///           the tables.
/// Threads:  any.
/// Lifetime: `pool` must outlive it.
/// Cost:     eight round trips for an `add`; all changes of the list wait for one another.
class QuarantineTable final : public Quarantine {
 public:
  static constexpr std::chrono::milliseconds kRest{1'000};

  /// The database must have the schema of ledger/postgres, which docs/formats/postgresql.md
  /// describes.
  QuarantineTable(clients::postgres::Pool& pool, Bounds bounds,
                  std::chrono::milliseconds rest = kRest);

  base::Status add(std::vector<QuarantinedEvent> events) override;
  base::Result<std::size_t> add_rows(std::vector<QuarantinedEvent> rows) override;
  [[nodiscard]] base::Result<std::vector<QuarantinedEvent>> list(event::ProjectId project,
                                                                 std::uint64_t after,
                                                                 std::size_t limit) const override;
  base::Result<std::size_t> remove(event::ProjectId project,
                                   std::span<const std::uint64_t> ids) override;
  base::Result<std::size_t> remove_source(event::ProjectId project,
                                          std::string_view source) override;

  /// Events and bytes are those of all processes, as this one has last heard; `dropped` counts only
  /// what this process has removed, so that the sum over all processes is right.
  [[nodiscard]] Figures figures() const override;
  [[nodiscard]] CountsBySource dropped_by_source(event::ProjectId project) const override;
  /// Counts the existing rows, for a start: afterwards the figures are known, and also right if
  /// somebody has removed rows by hand.
  base::Status recount();

 private:
  using Connection = clients::postgres::Connection;
  using Clock = std::chrono::steady_clock;
  using Work = std::function<base::Status(Connection&)>;
  using Change = std::function<base::Status(Connection&, Totals&)>;

  /// Lends a connection, unless the server must be left alone.
  base::Status ask(const Work& work) const;
  /// Runs within a transaction that holds the totals.
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
