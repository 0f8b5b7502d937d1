#include "views/columnar/event_list.hpp"

#include <algorithm>
#include <cassert>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "event/event_id.hpp"
#include "query/event_filter.hpp"
#include "query/sql/queries.hpp"

namespace tidemark::views::columnar {
namespace {

namespace duckdb = clients::duckdb;
using event::Micros;
using query::ListedEvent;
using query::ListEvents;

/// An event's place in the order of the list.
struct Place {
  Micros occurred_at;
  std::string_view id;
  auto operator<=>(const Place&) const = default;
};

Place place_of(const ListedEvent& one) { return {one.occurred_at, one.id}; }
Place place_of(const event::Row& row) { return {row.occurred_at, row.id}; }

ListedEvent listed(const event::StoredRow& row) {
  return {.id = std::string(row.id),
          .user_id = std::string(row.user_id),
          .event_type = std::string(row.event_type),
          .properties = std::string(row.properties),
          .occurred_at = row.occurred_at,
          .received_at = row.received_at,
          .sequence = row.sequence};
}

/// A filter of many conditions on long properties takes half a millisecond a row.
constexpr std::size_t kRowsBetweenStops = 64;

/// Events of a page that wait to be sorted in: of the longest, 16 MiB.
constexpr std::size_t kUnsortedMax = 256;

/// Collects one event more than the page holds: whether there is one tells `more`.
class PageMaker {
 public:
  PageMaker(const ListEvents& asked, const query::Visible& visible)
      : asked_(asked),
        visible_(visible),
        filter_(asked),
        position_(
            std::min(asked.after ? asked.after->position : visible.position, visible.position)),
        wanted_(std::size_t{asked.limit} + 1) {}

  [[nodiscard]] bool nothing() const { return filter_.pieces().empty() || position_ == 0; }

  base::Status take_tail(const duckdb::Stop& stop);
  base::Status take_archive(Calculator& calculator, const duckdb::Stop& stop);
  query::EventPage page() &&;

 private:
  [[nodiscard]] bool before(const Place& a, const Place& b) const {
    return asked_.descending ? b < a : a < b;
  }
  [[nodiscard]] bool is_asked(const event::StoredRow& row) const;
  [[nodiscard]] std::vector<const archive::SegmentFile*> files_in_order() const;
  [[nodiscard]] bool can_improve(const archive::SegmentFile& file) const;
  base::Status take_files(Calculator& calculator, const duckdb::Stop& stop,
                          const std::vector<const archive::SegmentFile*>& files);
  [[nodiscard]] std::string where_sql(const SegmentCondition& segment,
                                      std::vector<std::string>& values) const;
  [[nodiscard]] std::string order_sql(std::string_view column) const {
    return std::string(column) + (asked_.descending ? " DESC" : " ASC");
  }
  /// "occurred_at is `micros`, or comes before it in the list".
  [[nodiscard]] std::string up_to_sql(Micros micros) const {
    return std::string("occurred_at ") + (asked_.descending ? ">= " : "<= ") +
           query::duckdb_dialect().instant(micros);
  }
  /// Takes rows of any order, of which many may be no better than what there is. (DuckDB's own
  /// "ORDER BY … LIMIT 1000" holds 10,000 rows at a time: with long properties 640 MiB.)
  void take(const duckdb::Chunk& chunk);
  void keep_best();

  const ListEvents& asked_;
  const query::Visible& visible_;
  query::EventFilter filter_;
  event::Sequence position_;
  std::size_t wanted_;
  std::vector<ListedEvent> best_;  // the first sorted_ in order, at most wanted_; then new ones
  std::size_t sorted_ = 0;
};

bool PageMaker::is_asked(const event::StoredRow& row) const {
  if (row.sequence >= position_) return false;
  if (asked_.after && !before({asked_.after->occurred_at, asked_.after->event_id}, place_of(row))) {
    return false;
  }
  return filter_.matches(asked_.scope.project, row);
}

base::Status PageMaker::take_tail(const duckdb::Stop& stop) {
  const auto first = visible_.manifest->end();
  const auto in_order = [this](const event::StoredRow* a, const event::StoredRow* b) {
    return before(place_of(*a), place_of(*b));
  };
  // A heap whose top is the last event of the page.
  std::vector<const event::StoredRow*> rows;
  std::size_t looked_at = 0;
  bool stopped = false;
  visible_.tail.for_each_piece(first, visible_.tail.end, [&](const event::ProjectRows& piece) {
    if (piece.project != asked_.scope.project) return;
    for (const auto& row : piece.rows) {
      stopped = stopped || (++looked_at % kRowsBetweenStops == 0 && stop());
      if (stopped) return;
      if (rows.size() == wanted_ && !in_order(&row, rows.front())) continue;
      if (!is_asked(row)) continue;
      if (rows.size() == wanted_) {
        std::ranges::pop_heap(rows, in_order);
        rows.pop_back();
      }
      rows.push_back(&row);
      std::ranges::push_heap(rows, in_order);
    }
  });
  if (stopped) return base::Error{base::ErrorCode::TimedOut, "the question was given up"};
  assert(rows.size() <= wanted_);
  for (const auto* row : rows) best_.push_back(listed(*row));
  keep_best();
  return base::ok;
}

void PageMaker::keep_best() {
  std::ranges::sort(best_, [this](const ListedEvent& a, const ListedEvent& b) {
    return before(place_of(a), place_of(b));
  });
  if (best_.size() > wanted_) best_.resize(wanted_);
  sorted_ = best_.size();
  assert(sorted_ <= wanted_);
}

std::vector<const archive::SegmentFile*> PageMaker::files_in_order() const {
  assert(!filter_.pieces().empty() && "`nothing` was asked first");
  const auto begin = filter_.pieces().front().begin;
  const auto end = filter_.pieces().back().end;
  std::vector<const archive::SegmentFile*> files;
  for (const auto& file : visible_.manifest->segments) {
    bool wanted = file.first < position_ && file.occurred_max >= begin && file.occurred_min < end;
    if (asked_.after) {
      wanted = wanted && (asked_.descending ? file.occurred_min <= asked_.after->occurred_at
                                            : file.occurred_max >= asked_.after->occurred_at);
    }
    if (wanted) files.push_back(&file);
  }
  if (asked_.descending) {
    std::ranges::stable_sort(files, std::ranges::greater{}, &archive::SegmentFile::occurred_max);
  } else {
    std::ranges::stable_sort(files, {}, &archive::SegmentFile::occurred_min);
  }
  return files;
}

bool PageMaker::can_improve(const archive::SegmentFile& file) const {
  assert(sorted_ == best_.size());
  if (best_.size() < wanted_) return true;
  const auto last = best_.back().occurred_at;
  return asked_.descending ? file.occurred_max >= last : file.occurred_min <= last;
}

base::Status PageMaker::take_archive(Calculator& calculator, const duckdb::Stop& stop) {
  const auto files = files_in_order();
  std::size_t at_once = 1;  // grows: events that came in out of order may lie in every file
  for (std::size_t next = 0; next < files.size() && can_improve(*files[next]);) {
    std::vector<const archive::SegmentFile*> some;
    while (next < files.size() && some.size() < at_once && can_improve(*files[next])) {
      some.push_back(files[next++]);
    }
    if (auto taken = take_files(calculator, stop, some); !taken) return taken.error();
    at_once *= 2;
  }
  return base::ok;
}

constexpr std::string_view kIdSql = "coalesce(event_key, CAST(event_uuid AS VARCHAR))";

std::string PageMaker::where_sql(const SegmentCondition& segment,
                                 std::vector<std::string>& values) const {
  const auto& dialect = query::duckdb_dialect();
  std::string where =
      "project = " + std::to_string(static_cast<std::uint32_t>(asked_.scope.project)) + " AND " +
      query::within_sql(dialect, filter_.pieces());
  if (position_ < visible_.manifest->end()) {
    where += " AND sequence < " + std::to_string(position_);
  }
  if (asked_.after) {
    const auto instant = dialect.instant(asked_.after->occurred_at);
    const std::string beyond = asked_.descending ? " < " : " > ";
    where += " AND occurred_at" + (asked_.descending ? std::string(" <= ") : " >= ") + instant +
             " AND (occurred_at" + beyond + instant + " OR " + std::string(kIdSql) + beyond + "?)";
    values.push_back(asked_.after->event_id);
  }
  if (!segment.text.empty()) where += " AND (" + segment.text + ")";
  values.insert(values.end(), segment.values.begin(), segment.values.end());
  if (best_.size() == wanted_) where += " AND " + up_to_sql(best_.back().occurred_at);
  return where;
}

base::Status PageMaker::take_files(Calculator& calculator, const duckdb::Stop& stop,
                                   const std::vector<const archive::SegmentFile*>& files) {
  if (auto good = calculator.require(*visible_.manifest, files, stop); !good) return good;
  const auto segment = calculator.condition_of(asked_.scope.segment, stop);
  query::SqlQuery query;
  const auto from_where = " FROM " + read_parquet_sql(*visible_.manifest, files) + " WHERE " +
                          where_sql(segment, query.values);
  const auto limit = " LIMIT " + std::to_string(wanted_);

  // First the instants alone, to learn how far the page reaches: that reads one column of the
  // files, and all columns of the few groups of rows in which the page lies.
  std::optional<Micros> reach;
  query.text =
      "SELECT epoch_us(occurred_at)" + from_where + " ORDER BY " + order_sql("occurred_at") + limit;
  auto done = calculator.run(query, stop, [&](const duckdb::Chunk& chunk) {
    for (const auto micros : chunk.column(0).int64s()) {
      const auto further = asked_.descending ? std::min(reach.value_or(micros), micros)
                                             : std::max(reach.value_or(micros), micros);
      reach = further;
    }
  });
  if (!done) return done.error();
  if (!reach) return base::ok;

  query.text = "SELECT epoch_us(occurred_at), epoch_us(received_at), CAST(sequence AS BIGINT), " +
               std::string(kIdSql) + " AS id, user_id, event_type, properties" + from_where +
               " AND " + up_to_sql(*reach);
  done = calculator.stream(query, stop, [this](const duckdb::Chunk& chunk) { take(chunk); });
  keep_best();
  return done;
}

void PageMaker::take(const duckdb::Chunk& chunk) {
  assert(sorted_ <= best_.size() && sorted_ <= wanted_);
  for (std::size_t row = 0; row < chunk.rows(); ++row) {
    const auto text = [&](std::size_t column) { return chunk.column(column).texts()[row].view(); };
    const auto occurred_at = chunk.column(0).int64s()[row];
    if (sorted_ == wanted_ && !before({occurred_at, text(3)}, place_of(best_[sorted_ - 1]))) {
      continue;
    }
    best_.push_back({.id = std::string(text(3)),
                     .user_id = std::string(text(4)),
                     .event_type = std::string(text(5)),
                     .properties = std::string(text(6)),
                     .occurred_at = occurred_at,
                     .received_at = chunk.column(1).int64s()[row],
                     .sequence = static_cast<event::Sequence>(chunk.column(2).int64s()[row])});
    if (best_.size() >= wanted_ + kUnsortedMax) keep_best();
  }
}

query::EventPage PageMaker::page() && {
  assert(sorted_ == best_.size() && best_.size() <= wanted_);
  query::EventPage page;
  page.more = best_.size() == wanted_;
  if (page.more) best_.pop_back();
  page.events = std::move(best_);
  return page;
}

}  // namespace

base::Result<query::EventPage> list_events(Calculator& calculator, const ListEvents& question,
                                           const query::Visible& visible,
                                           const duckdb::Stop& stop) {
  PageMaker maker(question, visible);
  if (maker.nothing()) return query::EventPage{};
  if (auto taken = maker.take_tail(stop); !taken) return taken.error();
  if (auto taken = maker.take_archive(calculator, stop); !taken) return taken.error();
  return std::move(maker).page();
}

base::Result<std::vector<ListedEvent>> events_by_sequence(
    const archive::SegmentReader& reader, const query::Visible& visible,
    std::span<const event::Sequence> sequences) {
  const auto first = visible.manifest->end();
  std::vector<event::Sequence> sorted(sequences.begin(), sequences.end());
  std::ranges::sort(sorted);
  sorted.erase(std::ranges::unique(sorted).begin(), sorted.end());
  sorted.erase(std::ranges::lower_bound(sorted, visible.position), sorted.end());
  const auto middle = std::ranges::lower_bound(sorted, first);

  std::vector<ListedEvent> events;
  if (middle != sorted.begin()) {
    auto archived = reader.by_sequence(*visible.manifest, {sorted.begin(), middle});
    if (!archived) return archived.error();
    for (auto& one : *archived) {
      events.push_back({.id = std::move(one.id),
                        .user_id = std::move(one.user_id),
                        .event_type = std::move(one.event_type),
                        .properties = std::move(one.properties),
                        .occurred_at = one.occurred_at,
                        .received_at = one.received_at,
                        .sequence = one.sequence});
    }
  }
  auto next = middle;
  visible.tail.for_each_piece(first, visible.tail.end, [&](const event::ProjectRows& piece) {
    assert(!piece.rows.empty());
    const auto begin = piece.rows.front().sequence;
    for (; next != sorted.end() && *next < begin + piece.rows.size(); ++next) {
      if (*next >= begin) events.push_back(listed(piece.rows[*next - begin]));
    }
  });
  assert(std::ranges::is_sorted(events, {}, &ListedEvent::sequence));
  return events;
}

}  // namespace tidemark::views::columnar
