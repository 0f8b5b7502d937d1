#include "views/columnar/engine.hpp"

#include <array>
#include <cassert>
#include <optional>
#include <utility>

#include "event/limits.hpp"
#include "query/sql/queries.hpp"
#include "views/columnar/event_list.hpp"

namespace tidemark::views::columnar {
namespace {

namespace duckdb = clients::duckdb;

query::SqlScope scope_sql(const query::Scope& scope, const EventSource& source,
                          const SegmentCondition& condition) {
  return {.from = source.from(),
          .project = scope.project,
          .condition = condition.text,
          .values = condition.values};
}

/// The events of one Visible, asked by SQL.
class VisibleEvents final : public query::Source {
 public:
  VisibleEvents(Calculator& calculator, LatestEvent& latest, const query::Visible& visible,
                const duckdb::Stop& stop)
      : calculator_(calculator), latest_(latest), visible_(visible), stop_(stop) {}

  base::Status for_each_user(const query::Scope& scope, const query::Activity& activity,
                             const VisitUser& visit) override;
  base::Result<std::vector<query::TypeTotals>> totals_by_type(
      const query::Scope& scope, const std::vector<event::Zone::Piece>& pieces,
      std::uint32_t limit) override;
  base::Result<std::optional<event::Micros>> latest(event::ProjectId project) override {
    return latest_.find(project, visible_, stop_);
  }

 private:
  Calculator& calculator_;
  LatestEvent& latest_;
  const query::Visible& visible_;
  const duckdb::Stop& stop_;
};

base::Status VisibleEvents::for_each_user(const query::Scope& scope,
                                          const query::Activity& activity, const VisitUser& visit) {
  const auto pieces = activity.zone->pieces_of(activity.days);
  assert(!pieces.empty() && "`visit_users` asks for no other days");
  const auto begin = activity.first_seen ? event::kOccurredAtMin : pieces.front().begin;
  const auto end = activity.later ? event::kOccurredAtEnd : pieces.back().end;
  const EventSource source(visible_, begin, end, calculator_.tails());
  if (source.empty()) return base::ok;
  auto good = calculator_.require(*visible_.manifest, source.files(), stop_);
  if (!good) return good;
  const auto condition = calculator_.condition_of(scope.segment, stop_);
  const auto query =
      query::activity_sql(query::duckdb_dialect(), scope_sql(scope, source, condition), activity);
  const auto words = static_cast<std::size_t>(activity.words());
  assert(words <= query::kActivityWordsMax);
  return calculator_.run(query, stop_, [&](const duckdb::Chunk& chunk) {
    assert(chunk.columns() == 1 + words);
    const auto firsts = chunk.column(0).int64s();
    std::array<std::uint64_t, query::kActivityWordsMax> user{};
    for (std::size_t row = 0; row < chunk.rows(); ++row) {
      for (std::size_t word = 0; word < words; ++word) {
        const auto& column = chunk.column(1 + word);
        user[word] = column.null(row) ? 0 : column.uint64s()[row];
      }
      visit(firsts[row], query::Words{user}.first(words));
    }
  });
}

base::Result<std::vector<query::TypeTotals>> VisibleEvents::totals_by_type(
    const query::Scope& scope, const std::vector<event::Zone::Piece>& pieces, std::uint32_t limit) {
  std::vector<query::TypeTotals> totals;
  assert(!pieces.empty());
  const EventSource source(visible_, pieces.front().begin, pieces.back().end, calculator_.tails());
  if (source.empty()) return totals;
  auto good = calculator_.require(*visible_.manifest, source.files(), stop_);
  if (!good) return good.error();
  const auto condition = calculator_.condition_of(scope.segment, stop_);
  const auto query = query::totals_by_type_sql(query::duckdb_dialect(),
                                               scope_sql(scope, source, condition), pieces, limit);
  auto done = calculator_.run(query, stop_, [&](const duckdb::Chunk& chunk) {
    for (std::size_t row = 0; row < chunk.rows(); ++row) {
      totals.push_back({.event_type = std::string(chunk.column(0).texts()[row].view()),
                        .count = static_cast<std::uint64_t>(chunk.column(1).int64s()[row]),
                        .unique_users = static_cast<std::uint64_t>(chunk.column(2).int64s()[row])});
    }
  });
  if (!done) return done.error();
  return totals;
}

}  // namespace

base::Result<std::unique_ptr<ColumnarEngine>> ColumnarEngine::open(
    const archive::SegmentReader& reader, ColumnarOptions options) {
  options.checks = reader.checks();
  auto calculator = Calculator::open(options);
  if (!calculator) return calculator.error();
  return std::unique_ptr<ColumnarEngine>(new ColumnarEngine(reader, *std::move(calculator)));
}

base::Result<query::Answer> ColumnarEngine::answer(const query::Question& question,
                                                   const query::Visible& visible,
                                                   const query::Cancellation& cancellation,
                                                   bool /*patient*/) {
  ScanTurns::Turn turn(calculator_->turns(), cancellation);
  const auto stop = turn.stop();
  VisibleEvents events(*calculator_, latest_, visible, stop);
  return query::answer_from(question, events);
}

base::Result<query::EventPage> ColumnarEngine::list(const query::ListEvents& question,
                                                    const query::Visible& visible,
                                                    const query::Cancellation& cancellation) {
  ScanTurns::Turn turn(calculator_->turns(), cancellation);
  return list_events(*calculator_, question, visible, turn.stop());
}

base::Result<std::vector<query::ListedEvent>> ColumnarEngine::by_sequences(
    const query::Visible& visible, std::span<const event::Sequence> sequences) {
  return events_by_sequence(reader_, visible, sequences);
}

}  // namespace tidemark::views::columnar
