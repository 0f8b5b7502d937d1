#pragma once

/// Answers every question by SQL over the ledger's tables in PostgreSQL.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "clients/postgres/pool.hpp"
#include "query/engine.hpp"
#include "views/postgres/question_watch.hpp"
#include "views/postgres/snapshot_source.hpp"

namespace tidemark::views::postgres {

struct PostgresOptions {
  std::string url;
  /// The most time for one query, of which a question needs one to nine. The question as a whole
  /// ends when it is cancelled.
  std::chrono::milliseconds query_time_max{30'000};
  std::size_t connections_max = 4;  ///< questions at once; more wait for a while
  /// The server's memory for each sorting or grouping of a query; beyond it the server uses its
  /// disk.
  std::uint64_t memory_bytes_max = std::uint64_t{32} << 20U;
};

/// Promise:  answers from exactly the events with a sequence below the visible position, in one
///           snapshot of the database, whatever is being written meanwhile.
/// Errors:   Unavailable if there is no connection, or the database does not have the position;
///           Overloaded if all connections are in use, or the server has no memory left; TimedOut
///           when cancelled, or if a query took too long.
/// Threads:  any, several at once; a thread of its own ends cancelled queries.
/// Cost:     on one core of the server, a million events in the range, 50,000 users: half a second
///           for dau of a month, one for top events; a segment on a property adds one or two.
class PostgresEngine final : public query::Engine {
 public:
  explicit PostgresEngine(const PostgresOptions& options);

  [[nodiscard]] std::string_view name() const override { return "postgres"; }
  [[nodiscard]] bool can_answer(const query::Question&, const query::Visible&) const override {
    return true;
  }
  base::Result<query::Answer> answer(const query::Question& question, const query::Visible& visible,
                                     const query::Cancellation& cancellation,
                                     bool patient) override;

  struct Figures {
    clients::postgres::Pool::Figures connections;
    /// Questions asked again, event by event, because of a number that PostgreSQL cannot hold.
    std::uint64_t asked_by_event = 0;
  };
  [[nodiscard]] Figures figures() const;

 private:
  base::Result<query::Answer> answer_at(event::Sequence position, const query::Question& question,
                                        const query::Cancellation& cancellation, Looking looking);

  Snapshot::Bounds bounds_;
  clients::postgres::Pool pool_;
  QuestionWatch watch_;
  std::atomic<std::uint64_t> asked_by_event_{0};
};

}  // namespace tidemark::views::postgres
