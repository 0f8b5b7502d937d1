#pragma once

/// What the files of this folder share: the library's own names, and nobody else's business.

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

/// A message may hold a whole value of the file that it complains of: somebody's properties, for
/// one. What it says of it stands before and behind.
inline std::string without_long_value(std::string_view message) {
  constexpr std::size_t kBegin = 200;
  constexpr std::size_t kEnd = 100;
  if (message.size() <= kBegin + kEnd) return std::string(message);
  const auto is_within_character = [&](std::size_t at) { return (message[at] & 0xC0) == 0x80; };
  std::size_t begin = kBegin;
  while (begin > 0 && is_within_character(begin)) --begin;
  std::size_t end = message.size() - kEnd;
  while (end < message.size() && is_within_character(end)) ++end;
  return std::string(message.substr(0, begin)) + "…" + std::string(message.substr(end));
}

/// What a failure means to the caller, by the kind that the library begins each message with; in
/// preparing it gives nothing else.
///
/// InvalidInput: the SQL, or a file that it names, is not what it should be, and stays so. Parquet
/// that is damaged shows itself in several kinds: "Invalid" is what its reader throws without a
/// kind of its own ("Out of buffer", "TProtocolException"), and some of what it calls IO is
/// content. Behind the first line it shows the statement, which is ours and tells a user nothing.
inline base::Error error_from(const char* text) {
  const std::string_view whole = text != nullptr ? text : "Unknown Error";
  const auto message = whole.substr(0, whole.find('\n'));
  const auto kind = message.substr(0, message.find(" Error"));
  const auto tells = [message](std::string_view what) {
    return message.find(what) != std::string_view::npos;
  };
  auto code = base::ErrorCode::Unavailable;
  for (const std::string_view ours :
       {"Invalid Input", "Conversion", "Parser", "Binder", "Catalog", "Out of Range",
        "Mismatch Type", "Syntax", "Not implemented", "Invalid", "Serialization", "INTERNAL"}) {
    if (kind == ours) code = base::ErrorCode::InvalidInput;
  }
  if (kind == "IO" && (tells("corrupt") || tells("Could not read enough bytes"))) {
    code = base::ErrorCode::InvalidInput;
  }
  if (kind == "INTERRUPT") code = base::ErrorCode::TimedOut;
  if (kind == "Out of Memory" || tells("std::bad_alloc")) code = base::ErrorCode::Overloaded;
  return {code, without_long_value(message)};
}

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
