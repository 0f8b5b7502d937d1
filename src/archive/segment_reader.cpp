#include "archive/segment_reader.hpp"

#include <algorithm>
#include <cassert>
#include <optional>
#include <utility>

#include "archive/row_reader.hpp"
#include "clients/duckdb/database.hpp"

namespace tidemark::archive {
namespace {

using base::ErrorCode;
using clients::duckdb::sql_file;

std::string from_file(const std::filesystem::path& path) {
  return "FROM read_parquet(" + sql_file(path) + ", hive_partitioning = false)";
}

/// The part [first, end) of one segment.
struct SegmentPart {
  std::filesystem::path path;
  event::Sequence first = 0;
  event::Sequence end = 0;
  /// How many events it has; none where only a reading can tell.
  std::optional<std::uint64_t> rows;
  std::string where;  ///< "WHERE …"; empty where the part is all of the segment
};

SegmentPart part_of(const Manifest& manifest, const SegmentFile& segment, event::Sequence from,
                    event::Sequence to) {
  SegmentPart part{.path = manifest.folder / segment.file,
                   .first = std::max(from, segment.first),
                   .end = std::min(to, segment.end),
                   .rows = std::nullopt,
                   .where = {}};
  const bool is_whole = from <= segment.first && to >= segment.end;
  if (is_whole) part.rows = segment.rows;
  if (segment.is_dense()) part.rows = part.end - part.first;
  if (from > segment.first) part.where += " WHERE sequence >= " + std::to_string(from);
  if (to < segment.end) {
    part.where += (part.where.empty() ? " WHERE " : " AND ") + ("sequence < " + std::to_string(to));
  }
  return part;
}

ArchivedEvent owned(event::ProjectId project, const event::StoredRow& row) {
  return {.project = project,
          .sequence = row.sequence,
          .occurred_at = row.occurred_at,
          .received_at = row.received_at,
          .id = std::string(row.id),
          .user_id = std::string(row.user_id),
          .event_type = std::string(row.event_type),
          .properties = std::string(row.properties)};
}

base::Error out_of_place(const std::filesystem::path& path, event::Sequence sequence) {
  return {ErrorCode::Corrupt, path.string() + " is damaged: event " + std::to_string(sequence) +
                                  " is not in its place"};
}

base::Error incomplete(const std::filesystem::path& path, std::uint64_t rows,
                       std::uint64_t expected) {
  return {ErrorCode::Corrupt, path.string() + " is damaged: it holds " + std::to_string(rows) +
                                  " events where it should hold " + std::to_string(expected)};
}

/// Visits one part, and sees to it that nothing is missing.
base::Status scan_part(clients::duckdb::Connection& connection, const SegmentPart& part,
                       Columns columns, const event::RowVisitor& visit) {
  const auto& path = part.path;
  auto rows = connection.stream(select_of(columns) + from_file(path) + part.where);
  if (!rows) return reading_error(rows.error(), path);
  auto next = part.first;
  std::uint64_t count = 0;
  base::Status refused = base::ok;  // the visitor's own: passed on as it is
  assert(part.first < part.end);
  const auto in_order = [&](const event::ProjectRows& piece) -> base::Status {
    for (const auto& row : piece.rows) {
      if (row.sequence < next || row.sequence >= part.end) return out_of_place(path, row.sequence);
      next = row.sequence + 1;
    }
    count += piece.rows.size();
    if (part.rows && count > *part.rows) return incomplete(path, count, *part.rows);
    refused = visit(piece);
    return refused;
  };
  auto visited = visit_rows(*rows, columns, in_order);
  if (!refused) return refused;
  if (!visited) return reading_error(visited.error(), path);
  if (part.rows && count != *part.rows) return incomplete(path, count, *part.rows);
  return base::ok;
}

/// "WHERE sequence IN (…)", in one query for each segment. Those that were removed are not found.
base::Status find_in_segment(clients::duckdb::Connection& connection, const Manifest& manifest,
                             const SegmentFile& segment, std::span<const event::Sequence> sequences,
                             std::vector<ArchivedEvent>& found) {
  assert(!sequences.empty() && std::ranges::is_sorted(sequences));
  const auto path = manifest.folder / segment.file;
  assert(sequences.front() >= segment.first && sequences.back() < segment.end);
  std::string where = " WHERE sequence IN (";
  for (const auto sequence : sequences) where += std::to_string(sequence) + ',';
  where.back() = ')';
  auto rows = connection.stream(select_of(Columns::All) + from_file(path) + where);
  if (!rows) return reading_error(rows.error(), path);
  const auto before = found.size();
  auto visited = visit_rows(*rows, Columns::All, [&](const event::ProjectRows& piece) {
    for (const auto& row : piece.rows) found.push_back(owned(piece.project, row));
    return base::Status(base::ok);
  });
  if (!visited) return reading_error(visited.error(), path);
  auto wanted = sequences.begin();
  for (auto one = found.begin() + static_cast<std::ptrdiff_t>(before); one != found.end(); ++one) {
    while (wanted != sequences.end() && *wanted < one->sequence) ++wanted;
    if (wanted == sequences.end() || *wanted != one->sequence) {
      return out_of_place(path, one->sequence);
    }
    ++wanted;
  }
  const auto count = found.size() - before;
  if (segment.is_dense() && count != sequences.size()) {
    return incomplete(path, count, sequences.size());
  }
  return base::ok;
}

}  // namespace

struct SegmentReader::Engine {
  std::unique_ptr<clients::duckdb::Database> database;
  std::uint64_t memory_bytes_max = 0;
  SegmentChecks* checks = nullptr;

  [[nodiscard]] base::Status require(const Manifest& manifest, const SegmentFile& segment) const {
    return checks == nullptr ? base::Status(base::ok) : checks->require(manifest, segment);
  }
};

SegmentReader::SegmentReader(std::unique_ptr<Engine> engine) : engine_(std::move(engine)) {}
SegmentReader::~SegmentReader() = default;

base::Result<std::unique_ptr<SegmentReader>> SegmentReader::open(const Options& options) {
  auto database =
      clients::duckdb::Database::open({.memory_bytes_max = options.memory_bytes_max, .threads = 1});
  if (!database) return database.error();
  auto engine = std::make_unique<Engine>();
  engine->database = std::move(*database);
  engine->memory_bytes_max = options.memory_bytes_max;
  engine->checks = options.checks;
  return std::unique_ptr<SegmentReader>(new SegmentReader(std::move(engine)));
}

base::Status SegmentReader::scan(const Manifest& manifest, event::Sequence from, event::Sequence to,
                                 Columns columns, const event::RowVisitor& visit) const {
  assert(std::ranges::is_sorted(manifest.segments, {}, &SegmentFile::first));
  auto connection = engine_->database->connect();
  if (!connection) return connection.error();
  for (const auto& segment : manifest.segments) {
    if (segment.end <= from || segment.first >= to) continue;
    if (auto good = engine_->require(manifest, segment); !good) return good;
    auto scanned = scan_part(*connection, part_of(manifest, segment, from, to), columns, visit);
    if (!scanned) return scanned;
  }
  return base::ok;
}

base::Result<std::vector<ArchivedEvent>> SegmentReader::by_sequence(
    const Manifest& manifest, std::span<const event::Sequence> sequences) const {
  std::vector<event::Sequence> wanted(sequences.begin(), sequences.end());
  assert(std::ranges::is_sorted(manifest.segments, {}, &SegmentFile::first));
  std::sort(wanted.begin(), wanted.end());
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());

  auto connection = engine_->database->connect();
  if (!connection) return connection.error();
  std::vector<ArchivedEvent> found;
  auto begin = wanted.begin();
  for (const auto& segment : manifest.segments) {
    begin = std::lower_bound(begin, wanted.end(), segment.first);  // what is between was removed
    const auto end = std::lower_bound(begin, wanted.end(), segment.end);
    if (end == begin) continue;
    if (auto good = engine_->require(manifest, segment); !good) return good.error();
    auto looked = find_in_segment(*connection, manifest, segment, std::span(begin, end), found);
    if (!looked) return looked.error();
    begin = end;
  }
  assert(std::ranges::is_sorted(found, {}, &ArchivedEvent::sequence));
  return found;
}

SegmentChecks* SegmentReader::checks() const { return engine_->checks; }

base::Status SegmentReader::check(const Manifest& manifest, const SegmentFile& segment) const {
  if (engine_->checks != nullptr) {
    if (auto good = engine_->checks->read_again(manifest, segment); !good) return good;
  }
  // What an earlier scan has kept in memory proves nothing about the file.
  auto database = clients::duckdb::Database::open(
      {.memory_bytes_max = engine_->memory_bytes_max, .threads = 1, .cache_files = false});
  if (!database) return database.error();
  auto connection = (*database)->connect();
  if (!connection) return connection.error();
  return check_content(*connection, manifest.folder / segment.file, segment);
}

}  // namespace tidemark::archive
