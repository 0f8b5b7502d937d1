#pragma once

/// What the files of this folder share: names of the library that no other code uses.

#include <cstddef>
#include <string>
#include <string_view>

#include <duckdb.h>

#include "base/result.hpp"
#include "clients/duckdb/value.hpp"

namespace tidemark::clients::duckdb {

/// An answer and the statement that it came from.
struct Answer {
  duckdb_result result{};
  duckdb_prepared_statement statement = nullptr;

  Answer() = default;
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;
  ~Answer() {
    duckdb_destroy_result(&result);
    duckdb_destroy_prepare(&statement);
  }
};

inline Type type_of(duckdb_type type) {
  switch (type) {
    case DUCKDB_TYPE_BOOLEAN:
      return Type::Boolean;
    case DUCKDB_TYPE_INTEGER:
      return Type::Integer;
    case DUCKDB_TYPE_BIGINT:
      return Type::BigInt;
    case DUCKDB_TYPE_UBIGINT:
      return Type::UBigInt;
    case DUCKDB_TYPE_DOUBLE:
      return Type::Double;
    case DUCKDB_TYPE_VARCHAR:
      return Type::Varchar;
    case DUCKDB_TYPE_BLOB:
      return Type::Blob;
    case DUCKDB_TYPE_UUID:
      return Type::Uuid;
    case DUCKDB_TYPE_TIMESTAMP:
      return Type::Timestamp;
    case DUCKDB_TYPE_TIMESTAMP_TZ:
      return Type::TimestampTz;
    case DUCKDB_TYPE_HUGEINT:
      return Type::HugeInt;
    case DUCKDB_TYPE_DATE:
      return Type::Date;
    default:
      return Type::Other;
  }
}

inline duckdb_type type_for(Type type) {
  switch (type) {
    case Type::Boolean:
      return DUCKDB_TYPE_BOOLEAN;
    case Type::Integer:
      return DUCKDB_TYPE_INTEGER;
    case Type::BigInt:
      return DUCKDB_TYPE_BIGINT;
    case Type::UBigInt:
      return DUCKDB_TYPE_UBIGINT;
    case Type::Double:
      return DUCKDB_TYPE_DOUBLE;
    case Type::Varchar:
      return DUCKDB_TYPE_VARCHAR;
    case Type::Blob:
      return DUCKDB_TYPE_BLOB;
    case Type::Uuid:
      return DUCKDB_TYPE_UUID;
    case Type::Timestamp:
      return DUCKDB_TYPE_TIMESTAMP;
    case Type::TimestampTz:
      return DUCKDB_TYPE_TIMESTAMP_TZ;
    case Type::HugeInt:
      return DUCKDB_TYPE_HUGEINT;
    case Type::Date:
      return DUCKDB_TYPE_DATE;
    case Type::Other:
      break;
  }
  return DUCKDB_TYPE_INVALID;
}

inline constexpr std::uint64_t kUuidTurnedBit = std::uint64_t{1} << 63U;

}  // namespace tidemark::clients::duckdb
