#pragma once

/// Which column of somebody's Parquet file is which field of an event, as SQL.

#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace tidemark::archive {

/// A column as DuckDB describes it: "STRUCT(a BIGINT)", "TIMESTAMP WITH TIME ZONE".
struct FoundColumn {
  std::string name;
  std::string type;
};

/// What occurred_at is in this file.
enum class InstantKind : std::uint8_t { Instant, Text, Milliseconds };

struct ImportColumns {
  /// "event_id, occurred_at, user_id, event_type, properties" as expressions: texts, and
  /// occurred_at as `instant` says.
  std::string select;
  InstantKind instant = InstantKind::Instant;
};

/// Errors: InvalidInput, naming the column that is missing, unknown, there twice, or of a type that
///         cannot be meant.
base::Result<ImportColumns> import_columns(std::span<const FoundColumn> found);

}  // namespace tidemark::archive
