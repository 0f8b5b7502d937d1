#include "archive/parquet_import.hpp"

#include <cassert>
#include <optional>
#include <string>
#include <utility>

#include "archive/bytes_copy.hpp"
#include "archive/import_columns.hpp"
#include "clients/duckdb/database.hpp"

namespace tidemark::archive {
namespace {

using clients::duckdb::Column;

// An uncompressed row group of a wide foreign table, and some room.
constexpr std::uint64_t kMemoryBytesMax = std::uint64_t{1} << 30U;

base::Result<std::vector<FoundColumn>> columns_of(clients::duckdb::Connection& connection,
                                                  const std::string& from) {
  auto rows = connection.query("DESCRIBE SELECT * " + from);
  if (!rows) return rows.error();
  std::vector<FoundColumn> columns;
  for (;;) {
    auto chunk = rows->next();
    if (!chunk) return chunk.error();
    if (*chunk == nullptr) return columns;
    const auto names = (*chunk)->column(0).texts();
    const auto types = (*chunk)->column(1).texts();
    for (std::size_t row = 0; row < (*chunk)->rows(); ++row) {
      columns.push_back(
          {.name = std::string(names[row].view()), .type = std::string(types[row].view())});
    }
  }
}

/// `counted` is `*` or a column.
base::Result<std::uint64_t> count_of(clients::duckdb::Connection& connection,
                                     const std::string& counted, const std::string& from) {
  auto rows = connection.query("SELECT count(" + counted + ") " + from);
  if (!rows) return rows.error();
  auto chunk = rows->next();
  if (!chunk) return chunk.error();
  assert(*chunk != nullptr && (*chunk)->rows() == 1);
  return static_cast<std::uint64_t>((*chunk)->column(0).int64s()[0]);
}

/// A column without a value says nothing by its type.
base::Status look_for_nulls_alone(clients::duckdb::Connection& connection, const std::string& from,
                                  std::vector<FoundColumn>& columns) {
  for (auto& column : columns) {
    if (!may_be_nulls_alone(column)) continue;
    const auto values = count_of(connection, quoted_name(column.name), from);
    if (!values) return values.error();
    if (*values == 0) column.type = kNullType;
  }
  return base::ok;
}

/// The library's words for a text in a file, in the version that the tests run with.
bool is_no_text(const base::Error& error) {
  return error.message().find("is not valid UTF8") != std::string::npos;
}

/// The library reads ahead, so that the row at fault may lie further on.
base::Error unreadable_from(std::uint64_t row, const base::Error& error) {
  const std::string from = "from row " + std::to_string(row) + " on it cannot be read: ";
  if (!is_no_text(error)) return {error.code(), from + error.message()};
  return {base::ErrorCode::InvalidInput,
          from + "a text within the structs or maps of a column is not UTF-8"};
}

std::string from_file(const std::filesystem::path& file, bool bytes_are_text) {
  return "FROM read_parquet(" + clients::duckdb::sql_file(file) +
         ", hive_partitioning = false, binary_as_string = " + (bytes_are_text ? "true" : "false") +
         ")";
}

std::optional<std::string_view> text_at(const Column& column, std::size_t row) {
  if (column.null(row)) return std::nullopt;
  return column.texts()[row].view();
}

void set_instant(ImportedEvent& event, const Column& column, std::size_t row, InstantKind kind) {
  if (column.null(row)) return;
  switch (kind) {
    case InstantKind::Instant:
      event.occurred_at = ImportedInstant{.micros = column.int64s()[row]};
      return;
    case InstantKind::Text:
      event.occurred_at = column.texts()[row].view();
      return;
    case InstantKind::Milliseconds:
      event.occurred_at = column.int64s()[row];
      return;
  }
}

}  // namespace

struct ParquetImport::Engine {
  std::optional<BytesCopy> copy;  // what is read instead of the file
  std::unique_ptr<clients::duckdb::Database> database;
  clients::duckdb::Connection connection;
  clients::duckdb::Rows rows;
  std::uint64_t count = 0;
  InstantKind instant = InstantKind::Instant;
  std::vector<std::string> names{};
  bool whole_rows = false;

  /// Gives the rows after the first `passed`.
  static base::Result<std::unique_ptr<Engine>> open(const std::filesystem::path& file,
                                                    std::uint64_t passed) {
    auto engine = open(file, passed, std::nullopt);
    if (engine || !is_no_text(engine.error())) return engine;
    return open_copy(file, passed);
  }
  static base::Result<std::unique_ptr<Engine>> open_rows(const std::filesystem::path& file);
  static base::Result<std::unique_ptr<Engine>> open_copy(const std::filesystem::path& file,
                                                         std::uint64_t passed) {
    auto copy = BytesCopy::of(file);
    if (!copy) return copy.error();
    const auto path = copy->path();
    return open(path, passed, std::move(*copy));
  }

 private:
  static base::Result<std::unique_ptr<Engine>> open(const std::filesystem::path& file,
                                                    std::uint64_t passed,
                                                    std::optional<BytesCopy> copy);
};

base::Result<std::unique_ptr<ParquetImport::Engine>> ParquetImport::Engine::open(
    const std::filesystem::path& file, std::uint64_t passed, std::optional<BytesCopy> copy) {
  auto database =
      clients::duckdb::Database::open({.memory_bytes_max = kMemoryBytesMax, .threads = 1});
  if (!database) return database.error();
  auto connection = (*database)->connect();
  if (!connection) return connection.error();
  // Older writers do not say that their bytes are text: whether they are is told row by row. But
  // what becomes JSON here must be text before.
  std::string from = from_file(file, false);
  auto found = columns_of(*connection, from);
  if (found && bytes_within(*found)) {
    from = from_file(file, true);
    found = columns_of(*connection, from);
  }
  if (!found) return found.error();
  if (auto looked = look_for_nulls_alone(*connection, from, *found); !looked) return looked.error();
  auto columns = import_columns(*found);
  if (!columns) return columns.error();
  auto count = count_of(*connection, "*", from);
  if (!count) return count.error();
  auto rows = connection->stream("SELECT " + columns->select + ' ' + from + " OFFSET " +
                                 std::to_string(passed));
  if (!rows) return rows.error();
  return std::unique_ptr<Engine>(new Engine{.copy = std::move(copy),
                                            .database = std::move(*database),
                                            .connection = std::move(*connection),
                                            .rows = std::move(*rows),
                                            .count = *count,
                                            .instant = columns->instant});
}

base::Result<std::unique_ptr<ParquetImport::Engine>> ParquetImport::Engine::open_rows(
    const std::filesystem::path& file) {
  auto database =
      clients::duckdb::Database::open({.memory_bytes_max = kMemoryBytesMax, .threads = 1});
  if (!database) return database.error();
  auto connection = (*database)->connect();
  if (!connection) return connection.error();
  const std::string from = from_file(file, true);
  auto found = columns_of(*connection, from);
  if (!found) return found.error();
  auto count = count_of(*connection, "*", from);
  if (!count) return count.error();
  auto rows = connection->stream(R"(SELECT CAST(to_json("tidemark row") AS VARCHAR) )" + from +
                                 R"( AS "tidemark row")");
  if (!rows) return rows.error();
  std::unique_ptr<Engine> engine(new Engine{.copy = std::nullopt,
                                            .database = std::move(*database),
                                            .connection = std::move(*connection),
                                            .rows = std::move(*rows),
                                            .count = *count,
                                            .whole_rows = true});
  for (auto& column : *found) engine->names.push_back(std::move(column.name));
  return engine;
}

ParquetImport::ParquetImport(std::filesystem::path file, std::unique_ptr<Engine> engine)
    : file_(std::move(file)), engine_(std::move(engine)), rows_(engine_->count) {}
ParquetImport::~ParquetImport() = default;

base::Result<std::unique_ptr<ParquetImport>> ParquetImport::open(
    const std::filesystem::path& file) {
  auto engine = Engine::open(file, 0);
  if (!engine && is_no_text(engine.error())) return unreadable_from(1, engine.error());
  if (!engine) return engine.error();
  return std::unique_ptr<ParquetImport>(new ParquetImport(file, std::move(*engine)));
}

base::Result<std::unique_ptr<ParquetImport>> ParquetImport::open_rows(
    const std::filesystem::path& file) {
  auto engine = Engine::open_rows(file);
  if (!engine && is_no_text(engine.error())) return unreadable_from(1, engine.error());
  if (!engine) return engine.error();
  return std::unique_ptr<ParquetImport>(new ParquetImport(file, std::move(*engine)));
}

const std::vector<std::string>& ParquetImport::columns() const { return engine_->names; }

base::Result<const clients::duckdb::Chunk*> ParquetImport::next_chunk() {
  auto next = engine_->rows.next();
  if (!next && !engine_->copy && !engine_->whole_rows && is_no_text(next.error())) {
    auto again = Engine::open_copy(file_, row_);
    if (!again) return unreadable_from(row_ + 1, again.error());
    engine_ = std::move(*again);
    next = engine_->rows.next();
  }
  if (next) return next;
  return unreadable_from(row_ + 1, next.error());
}

base::Result<std::span<const ImportedEvent>> ParquetImport::next() {
  events_.clear();
  auto next = next_chunk();
  if (!next) return next.error();
  if (*next == nullptr) return std::span<const ImportedEvent>();
  const auto& chunk = **next;
  assert(chunk.columns() == (engine_->whole_rows ? 1 : 5));
  events_.resize(chunk.rows());
  for (std::size_t row = 0; row < chunk.rows(); ++row) {
    ImportedEvent& event = events_[row];
    event.row = ++row_;
    if (engine_->whole_rows) {
      event.properties = text_at(chunk.column(0), row);
      continue;
    }
    event.event_id = text_at(chunk.column(0), row);
    set_instant(event, chunk.column(1), row, engine_->instant);
    event.user_id = text_at(chunk.column(2), row);
    event.event_type = text_at(chunk.column(3), row);
    event.properties = text_at(chunk.column(4), row);
  }
  return std::span<const ImportedEvent>(events_);
}

}  // namespace tidemark::archive
