#include "views/columnar/calculator.hpp"

#include <utility>

namespace tidemark::views::columnar {

namespace duckdb = clients::duckdb;

base::Result<std::unique_ptr<Calculator>> Calculator::open(const ColumnarOptions& options) {
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

SegmentCondition Calculator::condition_of(const query::Segment& segment) {
  auto pushed = query::push_segment(query::duckdb_dialect(), segment);
  SegmentCondition condition{std::move(pushed.condition), std::move(pushed.values), std::nullopt};
  if (!pushed.rest.empty()) {
    condition.rest.emplace(segments_.add(std::move(pushed.rest)));
    if (!condition.text.empty()) condition.text += " AND ";
    condition.text += condition.rest->sql();
  }
  return condition;
}

base::Error Calculator::as_engine(const base::Error& error) {
  // The SQL is ours and right; what does not fit then is what was found in the archive.
  auto code = error.code();
  if (code == base::ErrorCode::InvalidInput) code = base::ErrorCode::Corrupt;
  // A question may need more memory than there is, of files that are whole.
  if (code == base::ErrorCode::TooLarge) code = base::ErrorCode::Overloaded;
  return base::Error{code, error.message()}.while_doing("asking DuckDB");
}

}  // namespace tidemark::views::columnar
