#pragma once

/// Which column of somebody's Parquet file is which field of an event, as SQL.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace tidemark::archive {

/// A column as DuckDB describes it: "STRUCT(a BIGINT)", "TIMESTAMP WITH TIME ZONE".
struct FoundColumn {
  std::string name;
  std::string type;
};

/// The type of a column in which its writer saw nothing but null.
inline constexpr std::string_view kNullType = "\"NULL\"";

/// `name` as a column in SQL.
std::string quoted_name(std::string_view name);

/// Whether the properties are structs or maps with bytes in them that are not said to be text.
bool bytes_within(std::span<const FoundColumn> found);

/// Whether these are properties of a type that cannot hold any. Some writers give such a type
/// (INTEGER is one) to a column in which they saw nothing but null.
bool may_be_nulls_alone(const FoundColumn& column);

/// What occurred_at is in this file.
enum class InstantKind : std::uint8_t { Instant, Text, Milliseconds };

struct ImportColumns {
  /// "event_id, occurred_at, user_id, event_type, properties" as expressions: texts, or
  /// bytes that should be some, and occurred_at as `instant` says.
  std::string select;
  InstantKind instant = InstantKind::Instant;
};

/// Errors: InvalidInput, naming the column that is missing, unknown, there twice, or of a type that
///         cannot be meant.
base::Result<ImportColumns> import_columns(std::span<const FoundColumn> found);

}  // namespace tidemark::archive
