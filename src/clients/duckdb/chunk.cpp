#include "clients/duckdb/chunk.hpp"

#include <cassert>
#include <cstddef>

#include "clients/duckdb/library.hpp"

namespace tidemark::clients::duckdb {

static_assert(sizeof(TextCell) == sizeof(duckdb_string_t));
static_assert(offsetof(TextCell, elsewhere.bytes) == offsetof(duckdb_string_t, value.pointer.ptr));
static_assert(offsetof(TextCell, within.bytes) == offsetof(duckdb_string_t, value.inlined.inlined));
static_assert(sizeof(duckdb_hugeint) == 16 && offsetof(duckdb_hugeint, upper) == 8);

namespace {

Column column_of(duckdb_data_chunk chunk, std::size_t index, std::size_t rows) {
  assert(index < duckdb_data_chunk_get_column_count(chunk));
  duckdb_vector vector = duckdb_data_chunk_get_vector(chunk, index);
  duckdb_logical_type type = duckdb_vector_get_column_type(vector);
  const Type kind = type_of(duckdb_get_type_id(type));
  duckdb_destroy_logical_type(&type);
  return {kind, duckdb_vector_get_data(vector), duckdb_vector_get_validity(vector), rows};
}

}  // namespace

Bits128 Column::bits128(std::size_t row) const {
  TIDEMARK_CHECK(type_ == Type::Uuid || type_ == Type::HugeInt);
  assert(row < rows_);
  const auto& value = static_cast<const duckdb_hugeint*>(values_)[row];
  const auto high = static_cast<std::uint64_t>(value.upper);
  return {.high = type_ == Type::Uuid ? high ^ kUuidTurnedBit : high, .low = value.lower};
}

Chunk::Chunk(void* chunk, bool owned)
    : chunk_(chunk,
             owned ? [](void* given) {
               auto taken = static_cast<duckdb_data_chunk>(given);
               duckdb_destroy_data_chunk(&taken);
             } : [](void* /*lent*/) {}),
      rows_(duckdb_data_chunk_get_size(static_cast<duckdb_data_chunk>(chunk))) {
  auto* given = static_cast<duckdb_data_chunk>(chunk);
  const std::size_t count = duckdb_data_chunk_get_column_count(given);
  columns_.reserve(count);
  for (std::size_t index = 0; index < count; ++index) {
    columns_.push_back(column_of(given, index, rows_));
  }
}

}  // namespace tidemark::clients::duckdb
