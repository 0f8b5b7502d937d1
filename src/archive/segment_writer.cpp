#include "archive/segment_writer.hpp"

#include <algorithm>
#include <cassert>
#include <limits>
#include <utility>

#include "archive/block_sums.hpp"
#include "archive/content_hash.hpp"
#include "archive/memory_rows.hpp"
#include "archive/row_reader.hpp"
#include "clients/duckdb/database.hpp"

namespace tidemark::archive {

using base::ErrorCode;
using clients::duckdb::sql_text;

struct SegmentWriter::Engine {
  std::unique_ptr<clients::duckdb::Database> database;
  clients::duckdb::Connection connection;
  MemoryRows rows;
};

namespace {

std::filesystem::path temporary(const std::filesystem::path& folder, const std::string& name) {
  return folder / (name + ".tmp");
}

/// No Bloom filters: DuckDB writes them for columns with a dictionary only, so hardly ever for the
/// users, and what reads a segment back does not look at them: a damaged one would hide events.
std::string copy_sql(const std::filesystem::path& to, const SegmentWriter::Options& options) {
  return "COPY (SELECT * FROM tidemark_rows()) TO " + sql_text(to.string()) +
         " (FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd, COMPRESSION_LEVEL " +
         std::to_string(options.compression_level) + ", ROW_GROUP_SIZE " +
         std::to_string(options.group_rows_max) + ", ROW_GROUP_SIZE_BYTES " +
         std::to_string(options.group_bytes_max) +
         ", WRITE_BLOOM_FILTER false, USE_TMP_FILE false, KV_METADATA {tidemark_segment: '1'})";
}

/// What the manifest says about a segment, gathered while its rows are written.
class Summary {
 public:
  void add(const event::ProjectRows& piece) {
    for (const auto& row : piece.rows) {
      hash_.add(piece.project, row);
      occurred_min_ = std::min(occurred_min_, row.occurred_at);
      occurred_max_ = std::max(occurred_max_, row.occurred_at);
    }
  }
  [[nodiscard]] const ContentHash& hash() const { return hash_; }
  void tell(SegmentFile& segment) const {
    assert(hash_.rows() > 0 && occurred_min_ <= occurred_max_);
    segment.occurred_min = occurred_min_;
    segment.occurred_max = occurred_max_;
    segment.content_hash = hash_.value();
  }

 private:
  ContentHash hash_;
  Micros occurred_min_ = std::numeric_limits<Micros>::max();
  Micros occurred_max_ = std::numeric_limits<Micros>::min();
};

/// The range of sequences that the pieces are of, if they rise.
base::Result<SegmentFile> range_of(const std::string& name,
                                   std::span<const event::ProjectRows> pieces) {
  SegmentFile segment{.file = name};
  for (const auto& piece : pieces) {
    if (piece.rows.empty()) continue;
    if (segment.rows == 0) segment.first = segment.end = piece.rows.front().sequence;
    for (const auto& row : piece.rows) {
      if (row.sequence < segment.end) {
        return base::Error(
            ErrorCode::InvalidInput,
            "the rows of a segment do not rise at sequence " + std::to_string(row.sequence));
      }
      segment.end = row.sequence + 1;
    }
    segment.rows += piece.rows.size();
  }
  if (segment.rows == 0)
    return base::Error(ErrorCode::InvalidInput, "a segment holds one row at least");
  return segment;
}

}  // namespace

SegmentWriter::SegmentWriter(files::Files& files, Options options, std::unique_ptr<Engine> engine)
    : files_(files), options_(std::move(options)), engine_(std::move(engine)) {}
SegmentWriter::~SegmentWriter() = default;

base::Result<std::unique_ptr<SegmentWriter>> SegmentWriter::open(files::Files& files,
                                                                 Options options) {
  // The library bounds row groups by bytes only where it need not keep the order; but one thread
  // reads and writes one row after the other, and `check` would see another order.
  auto database = clients::duckdb::Database::open({.memory_bytes_max = options.memory_bytes_max,
                                                   .threads = 1,
                                                   .preserve_order = false,
                                                   .cache_files = false});
  if (!database) return database.error();
  auto connection = (*database)->connect();
  if (!connection) return connection.error();
  std::unique_ptr<Engine> engine(new Engine{
      .database = std::move(*database), .connection = std::move(*connection), .rows = {}});
  if (auto added = engine->rows.register_at(engine->connection); !added) return added.error();
  return std::unique_ptr<SegmentWriter>(
      new SegmentWriter(files, std::move(options), std::move(engine)));
}

base::Result<SegmentFile> SegmentWriter::write(const std::string& name,
                                               std::span<const event::ProjectRows> pieces) {
  auto segment = range_of(name, pieces);
  if (!segment) return segment.error();
  assert(segment->rows <= segment->end - segment->first);
  const auto path = temporary(options_.folder, name);
  Summary summary;
  engine_->rows.set(pieces, [&](const event::ProjectRows& piece) { summary.add(piece); });
  auto copied = engine_->connection.query(copy_sql(path, options_));
  engine_->rows.set({}, {});
  if (!copied) return copied.error().while_doing("writing " + path.string());
  if (summary.hash().rows() != segment->rows) {
    return base::Error(ErrorCode::Unavailable, "not all rows were taken for " + path.string());
  }
  auto file = files_.open(path, files::Open::Read);
  if (!file) return file.error();
  auto bytes = (*file)->size();
  if (!bytes) return bytes.error();
  segment->bytes = *bytes;
  auto sums = block_sums(files_, path, *bytes);
  if (!sums) return sums.error();
  segment->block_sums = std::move(*sums);
  summary.tell(*segment);
  return segment;
}

base::Status SegmentWriter::sync(const SegmentFile& segment) {
  auto file = files_.open(temporary(options_.folder, segment.file), files::Open::Write);
  if (!file) return file.error();
  return (*file)->sync();
}

base::Status SegmentWriter::check(const SegmentFile& segment,
                                  std::span<const event::ProjectRows> pieces) {
  return check_rows(engine_->connection, temporary(options_.folder, segment.file), pieces);
}

}  // namespace tidemark::archive
