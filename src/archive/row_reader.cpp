#include "archive/row_reader.hpp"

#include <cassert>
#include <utility>
#include <vector>

#include "archive/content_hash.hpp"
#include "event/event_id.hpp"

namespace tidemark::archive {
namespace {

using clients::duckdb::Chunk;
using clients::duckdb::Column;
using clients::duckdb::Type;
using event::StoredRow;

/// Where each column stands in the SELECT; kNone where it is not asked for.
struct Places {
  static constexpr std::size_t kNone = ~std::size_t{0};
  std::size_t project = 0;
  std::size_t sequence = 1;
  std::size_t occurred_at = kNone;
  std::size_t received_at = kNone;
  std::size_t user_id = kNone;
  std::size_t event_type = kNone;
  std::size_t event_uuid = kNone;
  std::size_t event_key = kNone;
  std::size_t properties = kNone;
};

Places places_of(Columns columns) {
  Places places;
  std::size_t next = 2;
  if (columns != Columns::Ids) {
    places.occurred_at = next++;
    places.received_at = next++;
    places.user_id = next++;
    places.event_type = next++;
  }
  if (columns != Columns::Views) {
    places.event_uuid = next++;
    places.event_key = next++;
  }
  if (columns == Columns::All) places.properties = next++;
  return places;
}

class ChunkRows {
 public:
  explicit ChunkRows(Columns columns) : places_(places_of(columns)) {}

  base::Result<std::span<StoredRow>> read(const Chunk& chunk) {
    rows_.assign(chunk.rows(), StoredRow{});
    const auto sequences = chunk.column(places_.sequence).int64s();
    for (std::size_t row = 0; row < rows_.size(); ++row) {
      rows_[row].sequence = static_cast<event::Sequence>(sequences[row]);
    }
    set_instants(chunk, places_.occurred_at, &StoredRow::occurred_at);
    set_instants(chunk, places_.received_at, &StoredRow::received_at);
    set_texts(chunk, places_.user_id, &StoredRow::user_id);
    set_texts(chunk, places_.event_type, &StoredRow::event_type);
    set_texts(chunk, places_.properties, &StoredRow::properties);
    if (places_.event_uuid != Places::kNone) {
      if (auto read = set_ids(chunk); !read) return read.error();
    }
    return std::span(rows_);
  }

 private:
  void set_instants(const Chunk& chunk, std::size_t place, event::Micros StoredRow::* member) {
    if (place == Places::kNone) return;
    const auto values = chunk.column(place).int64s();
    for (std::size_t row = 0; row < rows_.size(); ++row) rows_[row].*member = values[row];
  }

  void set_texts(const Chunk& chunk, std::size_t place, std::string_view event::Row::* member) {
    if (place == Places::kNone) return;
    const auto cells = chunk.column(place).texts();
    for (std::size_t row = 0; row < rows_.size(); ++row) rows_[row].*member = cells[row].view();
  }

  base::Status set_ids(const Chunk& chunk) {
    const Column& uuids = chunk.column(places_.event_uuid);
    const Column& keys = chunk.column(places_.event_key);
    uuid_texts_.resize(rows_.size() * event::kUuidTextBytes);
    for (std::size_t row = 0; row < rows_.size(); ++row) {
      if (uuids.null(row) == keys.null(row)) {
        return base::Error(base::ErrorCode::Corrupt,
                           "event " + std::to_string(rows_[row].sequence) + " has no id, or two");
      }
      if (uuids.null(row)) {
        rows_[row].id = keys.texts()[row].view();
        continue;
      }
      char* text = uuid_texts_.data() + (row * event::kUuidTextBytes);
      const auto bits = uuids.bits128(row);
      event::write_uuid({.high = bits.high, .low = bits.low}, text);
      rows_[row].id = {text, event::kUuidTextBytes};
    }
    return base::ok;
  }

  Places places_;
  std::vector<StoredRow> rows_;
  std::vector<char> uuid_texts_;
};

base::Status visit_pieces(const Column& projects, std::span<const StoredRow> rows,
                          const event::RowVisitor& visit) {
  const auto numbers = projects.int32s();
  assert(projects.rows() == rows.size());
  for (std::size_t begin = 0; begin < rows.size();) {
    std::size_t end = begin + 1;
    while (end < rows.size() && numbers[end] == numbers[begin]) ++end;
    const auto project = static_cast<event::ProjectId>(numbers[begin]);
    if (auto visited = visit({project, rows.subspan(begin, end - begin)}); !visited) return visited;
    begin = end;
  }
  return base::ok;
}

/// No value of a segment is null but one of the two ids, and each has the type that we wrote.
base::Status check_types(const clients::duckdb::Rows& rows, Columns columns) {
  const Places places = places_of(columns);
  const std::pair<std::size_t, Type> wanted[] = {
      {places.project, Type::Integer},         {places.sequence, Type::BigInt},
      {places.occurred_at, Type::TimestampTz}, {places.received_at, Type::TimestampTz},
      {places.user_id, Type::Varchar},         {places.event_type, Type::Varchar},
      {places.event_uuid, Type::Uuid},         {places.event_key, Type::Varchar},
      {places.properties, Type::Varchar}};
  for (const auto& [place, type] : wanted) {
    if (place == Places::kNone || rows.type(place) == type) continue;
    return base::Error(base::ErrorCode::Corrupt,
                       "the column " + rows.name(place) + " is not of the type that was written");
  }
  return base::ok;
}

base::Status check_nulls(const Chunk& chunk, const Places& places) {
  for (std::size_t place = 0; place < chunk.columns(); ++place) {
    if (place == places.event_uuid || place == places.event_key) continue;
    const Column& column = chunk.column(place);
    for (std::size_t row = 0; column.has_nulls() && row < column.rows(); ++row) {
      if (!column.null(row)) continue;
      return base::Error(base::ErrorCode::Corrupt, "a value is missing");
    }
  }
  return base::ok;
}

base::Error damaged(const std::filesystem::path& path, const std::string& what) {
  return {base::ErrorCode::Corrupt, path.string() + " is damaged: " + what};
}

/// Rows that are expected one after the other.
class Expected {
 public:
  explicit Expected(std::span<const event::ProjectRows> pieces) : pieces_(pieces) { skip_empty(); }

  /// Whether the next one is this; goes on to the one after it.
  bool take(event::ProjectId project, const StoredRow& row) {
    if (at_end()) return false;
    assert(at_ < pieces_.front().rows.size());
    const StoredRow& next = pieces_.front().rows[at_];
    const bool same = project == pieces_.front().project && row.sequence == next.sequence &&
                      row.occurred_at == next.occurred_at && row.received_at == next.received_at &&
                      row.id == next.id && row.user_id == next.user_id &&
                      row.event_type == next.event_type && row.properties == next.properties;
    if (++at_ == pieces_.front().rows.size()) {
      pieces_ = pieces_.subspan(1);
      skip_empty();
    }
    return same;
  }
  [[nodiscard]] bool at_end() const { return pieces_.empty(); }

 private:
  void skip_empty() {
    at_ = 0;
    while (!pieces_.empty() && pieces_.front().rows.empty()) pieces_ = pieces_.subspan(1);
  }

  std::span<const event::ProjectRows> pieces_;
  std::size_t at_ = 0;
};

}  // namespace

std::string select_of(Columns columns) {
  std::string sql = "SELECT project, sequence";
  if (columns != Columns::Ids) sql += ", occurred_at, received_at, user_id, event_type";
  if (columns != Columns::Views) sql += ", event_uuid, event_key";
  if (columns == Columns::All) sql += ", properties";
  return sql + ' ';
}

base::Status visit_rows(clients::duckdb::Rows& rows, Columns columns,
                        const event::RowVisitor& visit) {
  if (auto typed = check_types(rows, columns); !typed) return typed;
  ChunkRows reader(columns);
  for (;;) {
    auto chunk = rows.next();
    if (!chunk) return chunk.error();
    if (*chunk == nullptr) return base::ok;
    if (auto whole = check_nulls(**chunk, places_of(columns)); !whole) return whole;
    auto read = reader.read(**chunk);
    if (!read) return read.error();
    if (auto visited = visit_pieces((*chunk)->column(0), *read, visit); !visited) return visited;
  }
}

namespace {

base::Status visit_file(clients::duckdb::Connection& connection, const std::filesystem::path& path,
                        const event::RowVisitor& visit) {
  auto rows = connection.stream(select_of(Columns::All) + "FROM read_parquet(" +
                                clients::duckdb::sql_file(path) + ", hive_partitioning = false)");
  if (!rows) return reading_error(rows.error(), path);
  base::Status refused = base::ok;  // the visitor's own: passed on as it is
  auto visited = visit_rows(*rows, Columns::All, [&](const event::ProjectRows& piece) {
    refused = visit(piece);
    return refused;
  });
  if (!refused) return refused;
  if (!visited) return reading_error(visited.error(), path);
  return base::ok;
}

}  // namespace

base::Status check_content(clients::duckdb::Connection& connection,
                           const std::filesystem::path& path, const SegmentFile& segment) {
  ContentHash hash;
  auto visited = visit_file(connection, path, [&](const event::ProjectRows& piece) {
    for (const auto& row : piece.rows) hash.add(piece.project, row);
    return base::Status(base::ok);
  });
  if (!visited) return visited;
  if (hash.rows() != segment.rows) {
    return damaged(path, "it holds " + std::to_string(hash.rows()) + " events and should hold " +
                             std::to_string(segment.rows));
  }
  if (hash.value() != segment.content_hash) {
    return damaged(path, "its content is not what was written");
  }
  return base::ok;
}

base::Status check_rows(clients::duckdb::Connection& connection, const std::filesystem::path& path,
                        std::span<const event::ProjectRows> pieces) {
  Expected expected(pieces);
  auto visited = visit_file(connection, path, [&](const event::ProjectRows& piece) -> base::Status {
    for (const auto& row : piece.rows) {
      if (expected.take(piece.project, row)) continue;
      return damaged(path, "event " + std::to_string(row.sequence) + " is not what was written");
    }
    return base::ok;
  });
  if (!visited) return visited;
  if (!expected.at_end()) return damaged(path, "it lacks events that were written");
  return base::ok;
}

base::Error reading_error(const base::Error& error, const std::filesystem::path& path) {
  const bool damage =
      error.code() == base::ErrorCode::InvalidInput || error.code() == base::ErrorCode::TooLarge;
  return base::Error(damage ? base::ErrorCode::Corrupt : error.code(), error.message())
      .while_doing("reading " + path.string());
}

}  // namespace tidemark::archive
