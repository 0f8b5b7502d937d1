#include "views/postgres/engine.hpp"

namespace tidemark::views::postgres {
namespace {

base::Error as_engine(const base::Error& error) {
  auto code = error.code();
  // The SQL is ours and right; what does not fit then is what was found in the tables.
  if (code == base::ErrorCode::InvalidInput) code = base::ErrorCode::Corrupt;
  // A question may need more than the server gives to one.
  if (code == base::ErrorCode::TooLarge) code = base::ErrorCode::Overloaded;
  // Its words stay those of a server, which no client reads.
  const auto said = error.is_foreign() ? base::Error::foreign(code, error.message())
                                       : base::Error(code, error.message());
  return said.while_doing("asking PostgreSQL");
}

}  // namespace

PostgresEngine::PostgresEngine(const PostgresOptions& options)
    : bounds_{.memory_bytes_max = options.memory_bytes_max},
      pool_({.url = options.url,
             .statement_timeout = options.query_time_max,
             .needs = clients::postgres::Needs::Primary},
            {.connections_max = options.connections_max}) {}

base::Result<query::Answer> PostgresEngine::answer(const query::Question& question,
                                                   const query::Visible& visible,
                                                   const query::Cancellation& cancellation,
                                                   bool /*patient*/) {
  auto answer = answer_at(visible.position, question, cancellation, Looking::Database);
  if (!answer && answer.error().code() == base::ErrorCode::InvalidInput) {
    asked_by_event_.fetch_add(1, std::memory_order_relaxed);
    answer = answer_at(visible.position, question, cancellation, Looking::Here);
  }
  if (!answer) return as_engine(answer.error());
  return answer;
}

base::Result<query::Answer> PostgresEngine::answer_at(event::Sequence position,
                                                      const query::Question& question,
                                                      const query::Cancellation& cancellation,
                                                      Looking looking) {
  auto lease = pool_.take();
  if (!lease) return lease.error();
  auto& connection = **lease;
  auto snapshot = Snapshot::open(connection, position, bounds_);
  if (!snapshot) return snapshot.error();
  // Must end before the snapshot does, because the snapshot's ROLLBACK must not be cancelled.
  const auto watched = watch_.add(cancellation, connection);
  SnapshotSource source(connection, *snapshot, cancellation, looking);
  return query::answer_from(question, source);
}

PostgresEngine::Figures PostgresEngine::figures() const {
  return {.connections = pool_.figures(),
          .asked_by_event = asked_by_event_.load(std::memory_order_relaxed)};
}

}  // namespace tidemark::views::postgres
