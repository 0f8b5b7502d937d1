#include "clients/duckdb/rows.hpp"

#include <cassert>
#include <utility>

#include "clients/duckdb/error.hpp"
#include "clients/duckdb/library.hpp"

namespace tidemark::clients::duckdb {
namespace {

duckdb_result& result_of(const Handle& handle) {
  return static_cast<Answer*>(handle.get())->result;
}

}  // namespace

Rows::Rows(Handle result, void* connection, Stop stop)
    : result_(std::move(result)), connection_(connection), stop_(std::move(stop)) {}

std::size_t Rows::columns() const { return duckdb_column_count(&result_of(result_)); }

std::string Rows::name(std::size_t column) const {
  assert(column < columns());
  const char* name = duckdb_column_name(&result_of(result_), column);
  return name != nullptr ? name : "";
}

Type Rows::type(std::size_t column) const {
  assert(column < columns());
  return type_of(duckdb_column_type(&result_of(result_), column));
}

base::Result<const Chunk*> Rows::next() {
  chunk_.reset();
  if (stop_ && stop_()) {
    duckdb_interrupt(static_cast<duckdb_connection>(connection_));
    return base::Error(base::ErrorCode::TimedOut, "the query was cancelled");
  }
  duckdb_result& result = result_of(result_);
  for (;;) {
    duckdb_data_chunk chunk = duckdb_fetch_chunk(result);
    if (chunk == nullptr) break;
    chunk_.emplace(chunk, true);
    if (chunk_->rows() > 0) return &*chunk_;
  }
  chunk_.reset();
  // Without this the end and a failure look the same.
  if (const char* text = duckdb_result_error(&result); text != nullptr && *text != '\0') {
    return error_from(text);
  }
  return static_cast<const Chunk*>(nullptr);
}

}  // namespace tidemark::clients::duckdb
