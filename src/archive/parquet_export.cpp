#include "archive/parquet_export.hpp"

#include <cassert>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "archive/row_columns.hpp"
#include "clients/duckdb/database.hpp"

namespace tidemark::archive {
namespace {

using base::Error;
using base::ErrorCode;
using clients::duckdb::OutputChunk;
using clients::duckdb::Type;
using event::StoredRow;

constexpr std::uint64_t kMemoryBytesMax = std::uint64_t{512} << 20U;
/// A row group in memory, beside DuckDB's own bound of 122,880 rows, which rows with less than 190
/// bytes of text reach: writing one takes up to six times as much.
constexpr std::uint64_t kGroupBytesMax = std::uint64_t{32} << 20U;

/// Hands rows from the thread that has them to the thread that writes them.
class Handover {
 public:
  /// Blocks until the rows were taken; false if they are not taken any more.
  bool give(std::span<const StoredRow> rows) {
    assert(!rows.empty());
    std::unique_lock lock(mutex_);
    assert(rows_.empty() || taker_gone_);
    rows_ = rows;
    changed_.notify_all();
    changed_.wait(lock, [&] { return rows_.empty() || taker_gone_; });
    return !taker_gone_;
  }

  /// `whole`: nothing more comes; otherwise what came must be dropped.
  void end(bool whole) {
    const std::lock_guard lock(mutex_);
    ended_ = whole;
    changed_.notify_all();
  }

  void taker_goes() {
    const std::lock_guard lock(mutex_);
    taker_gone_ = true;
    changed_.notify_all();
  }

  /// Blocks for the next rows, and hands as many as make a chunk to `take`, which copies them.
  /// Without rows: the end.
  template <class Take>
  base::Status next(Take take) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !rows_.empty() || ended_; });
    if (rows_.empty() && !*ended_) return Error(ErrorCode::InvalidInput, "the export was given up");
    const auto chunk = first_chunk(rows_);
    take(chunk);
    rows_ = rows_.subspan(chunk.size());
    if (rows_.empty()) changed_.notify_all();
    return base::ok;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::span<const StoredRow> rows_;
  std::optional<bool> ended_;
  bool taker_gone_ = false;
};

const std::vector<clients::duckdb::ColumnName>& export_columns() {
  static const std::vector<clients::duckdb::ColumnName> columns = {
      {.name = "event_id", .type = Type::Varchar},
      {.name = "occurred_at", .type = Type::TimestampTz},
      {.name = "user_id", .type = Type::Varchar},
      {.name = "event_type", .type = Type::Varchar},
      {.name = "properties", .type = Type::Varchar},
      {.name = "received_at", .type = Type::TimestampTz}};
  return columns;
}

void write_column(OutputChunk& out, std::size_t wanted, std::size_t column,
                  std::span<const StoredRow> rows) {
  auto place = out.column(wanted);
  const auto instants = [&](event::Micros StoredRow::* member) {
    auto values = place.values<std::int64_t>();
    for (std::size_t row = 0; row < rows.size(); ++row) values[row] = rows[row].*member;
  };
  const auto texts = [&](std::string_view event::Row::* member) {
    for (std::size_t row = 0; row < rows.size(); ++row) place.set_text(row, rows[row].*member);
  };
  switch (column) {
    case 0:
      return texts(&StoredRow::id);
    case 1:
      return instants(&StoredRow::occurred_at);
    case 2:
      return texts(&StoredRow::user_id);
    case 3:
      return texts(&StoredRow::event_type);
    case 4:
      return texts(&StoredRow::properties);
    default:
      assert(column == 5);
      return instants(&StoredRow::received_at);
  }
}

class HandoverTable final : public clients::duckdb::TableSource,
                            public clients::duckdb::Scan,
                            public clients::duckdb::Cursor {
 public:
  explicit HandoverTable(Handover& handover, std::vector<std::size_t> columns = {})
      : handover_(handover), columns_(std::move(columns)) {}

  [[nodiscard]] std::vector<clients::duckdb::ColumnName> columns() const override {
    return export_columns();
  }
  [[nodiscard]] std::uint64_t rows_estimate() const override { return 1'000'000; }
  std::unique_ptr<clients::duckdb::Scan> scan(std::vector<std::size_t> columns) override {
    return std::make_unique<HandoverTable>(handover_, std::move(columns));
  }
  std::unique_ptr<clients::duckdb::Cursor> cursor() override {
    return std::make_unique<HandoverTable>(handover_, columns_);
  }
  base::Status fill(OutputChunk& out) override {
    return handover_.next([&](std::span<const StoredRow> rows) {
      for (std::size_t i = 0; i < columns_.size(); ++i) write_column(out, i, columns_[i], rows);
      out.set_rows(rows.size());
    });
  }

 private:
  Handover& handover_;
  std::vector<std::size_t> columns_;
};

}  // namespace

struct ParquetExport::Engine {
  std::filesystem::path file;
  std::filesystem::path temporary;
  std::unique_ptr<clients::duckdb::Database> database;
  clients::duckdb::Connection connection;
  Handover handover;
  base::Status written = base::ok;  // the thread's, until it was joined
  std::thread thread;

  base::Status start() {
    auto added = connection.add(clients::duckdb::TableFunction{
        .name = "tidemark_export",
        .parameters = {},
        .bind = [this](std::span<const clients::duckdb::Value> /*none*/)
            -> base::Result<std::unique_ptr<clients::duckdb::TableSource>> {
          return std::unique_ptr<clients::duckdb::TableSource>(
              std::make_unique<HandoverTable>(handover));
        }});
    if (!added) return added;
    thread = std::thread([this] {
      written = connection.run("COPY (SELECT * FROM tidemark_export()) TO " +
                               clients::duckdb::sql_text(temporary.string()) +
                               " (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE_BYTES " +
                               std::to_string(kGroupBytesMax) + ", USE_TMP_FILE false)");
      handover.taker_goes();
    });
    return base::ok;
  }

  base::Status stop(bool whole) {
    handover.end(whole);
    assert(thread.get_id() != std::this_thread::get_id());
    if (thread.joinable()) thread.join();
    if (written) return base::ok;
    return written.error().while_doing("writing " + file.string());
  }
};

ParquetExport::ParquetExport(std::unique_ptr<Engine> engine) : engine_(std::move(engine)) {}

ParquetExport::~ParquetExport() {
  (void)engine_->stop(false);  // what went wrong no longer matters
  std::error_code ignored;
  std::filesystem::remove(engine_->temporary, ignored);
}

base::Result<std::unique_ptr<ParquetExport>> ParquetExport::open(
    const std::filesystem::path& file) {
  auto database =
      clients::duckdb::Database::open({.memory_bytes_max = kMemoryBytesMax,
                                       .threads = 1,
                                       .preserve_order = false});  // of one thread, in order
  if (!database) return database.error();
  auto connection = (*database)->connect();
  if (!connection) return connection.error();
  std::unique_ptr<Engine> engine(new Engine{.file = file,
                                            .temporary = file.string() + ".tmp",
                                            .database = std::move(*database),
                                            .connection = std::move(*connection),
                                            .handover = {},
                                            .written = base::ok,
                                            .thread = {}});
  if (auto started = engine->start(); !started) return started.error();
  return std::unique_ptr<ParquetExport>(new ParquetExport(std::move(engine)));
}

base::Status ParquetExport::write(std::span<const event::StoredRow> rows) {
  if (rows.empty() || engine_->handover.give(rows)) return base::ok;
  auto stopped = engine_->stop(false);
  if (!stopped) return stopped;
  return Error(ErrorCode::Conflict, "the export is over");
}

base::Status ParquetExport::finish() {
  if (auto stopped = engine_->stop(true); !stopped) return stopped;
  std::error_code error;
  std::filesystem::rename(engine_->temporary, engine_->file, error);
  if (!error) return base::ok;
  return Error(ErrorCode::Unavailable,
               "cannot name the file " + engine_->file.string() + ": " + error.message());
}

}  // namespace tidemark::archive
