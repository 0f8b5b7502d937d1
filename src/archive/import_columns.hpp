#pragma once

/// Finds the fields of an event among the columns of a foreign Parquet file, as SQL.

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

/// The type of a column in which the file's writer saw only nulls.
inline constexpr std::string_view kNullType = "\"NULL\"";

/// `name` as a column in SQL.
std::string quoted_name(std::string_view name);

/// Whether the properties are structs or maps that contain bytes which are not declared as text.
bool bytes_within(std::span<const FoundColumn> found);

/// Whether these are properties of a type that cannot hold any. Some writers give such a type (for
/// example INTEGER) to a column in which they saw only nulls.
bool may_be_nulls_alone(const FoundColumn& column);

/// The kind of occurred_at in this file.
enum class InstantKind : std::uint8_t { Instant, Text, Milliseconds };

struct ImportColumns {
  /// "event_id, occurred_at, user_id, event_type, properties" as expressions: texts, or bytes that
  /// should be text; occurred_at has the kind `instant`.
  std::string select;
  InstantKind instant = InstantKind::Instant;
};

/// Errors: InvalidInput, naming the column that is missing, unknown, repeated, or of an unsuitable
///         type.
base::Result<ImportColumns> import_columns(std::span<const FoundColumn> found);

}  // namespace tidemark::archive
