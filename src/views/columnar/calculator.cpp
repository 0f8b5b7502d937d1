#include "views/columnar/calculator.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace tidemark::views::columnar {

namespace duckdb = clients::duckdb;

namespace {

/// A thread that reads a column of long texts holds a group of rows of 16 MiB (archive's
/// SegmentWriter) as it lies in the file and unpacked, and what it makes of it.
constexpr std::uint64_t kThreadBytes = std::uint64_t{64} << 20U;

/// Uses as many threads, and runs as many queries at once, as the memory allows.
ColumnarOptions within_memory(ColumnarOptions options) {
  const auto threads = std::max<std::uint64_t>(options.memory_bytes_max / kThreadBytes, 1);
  options.threads = static_cast<unsigned>(std::min<std::uint64_t>(options.threads, threads));
  options.connections_max = std::min<std::size_t>(options.connections_max, threads);
  options.working_max = std::min<std::size_t>(options.working_max, threads);
  return options;
}

}  // namespace

base::Result<std::unique_ptr<Calculator>> Calculator::open(const ColumnarOptions& wanted) {
  const auto options = within_memory(wanted);
  auto database = duckdb::Database::open({.memory_bytes_max = options.memory_bytes_max,
                                          .threads = options.threads,
                                          .nice = options.nice,
                                          .temporary_folder = options.temporary_folder,
                                          .preserve_order = false});
  if (!database) return database.error().while_doing("opening DuckDB for queries");
  auto connection = (*database)->connect();
  if (!connection) return connection.error();
  std::unique_ptr<Calculator> calculator(new Calculator(*std::move(database), options));
  if (auto added = calculator->tails_.register_function(*connection); !added) return added.error();
  if (auto added = calculator->segments_.register_function(*connection); !added) {
    return added.error();
  }
  return calculator;
}

base::Status Calculator::require(const archive::Manifest& manifest,
                                 std::span<const archive::SegmentFile* const> files,
                                 const duckdb::Stop& stop) const {
  if (checks_ == nullptr) return base::ok;
  for (const auto* file : files) {
    assert(file != nullptr);
    if (auto good = checks_->require(manifest, *file, stop); !good) return good;
  }
  return base::ok;
}

SegmentCondition Calculator::condition_of(const query::Segment& segment, const duckdb::Stop& stop) {
  auto pushed = query::push_segment(query::duckdb_dialect(), segment);
  SegmentCondition condition{std::move(pushed.condition), std::move(pushed.values), std::nullopt};
  if (!pushed.rest.empty()) {
    condition.rest.emplace(segments_.add(std::move(pushed.rest), stop));
    if (!condition.text.empty()) condition.text += " AND ";
    condition.text += condition.rest->sql();
  }
  return condition;
}

base::Error Calculator::as_engine(const base::Error& error) {
  // The SQL is ours and right; what does not fit then is what was found in the archive.
  auto code = error.code();
  if (code == base::ErrorCode::InvalidInput) code = base::ErrorCode::Corrupt;
  // A question about undamaged files may still need more memory than there is.
  if (code == base::ErrorCode::TooLarge) code = base::ErrorCode::Overloaded;
  // Its words stay those of a library, which no client reads.
  const auto said = error.is_foreign() ? base::Error::foreign(code, error.message())
                                       : base::Error(code, error.message());
  return said.while_doing("asking DuckDB");
}

}  // namespace tidemark::views::columnar
