#pragma once

/// The events of one Visible as a table that a query reads: the archive's files, then the tail.

#include <optional>
#include <string>
#include <vector>

#include "archive/manifest.hpp"
#include "event/zone.hpp"
#include "query/visible.hpp"
#include "views/columnar/tail_function.hpp"

namespace tidemark::views::columnar {

/// "read_parquet(['…','…'], hive_partitioning=false)": exactly these files, whatever characters the
/// name of their folder has. There must be at least one file.
std::string read_parquet_sql(const archive::Manifest& manifest,
                             const std::vector<const archive::SegmentFile*>& files);

/// Lifetime: must live while a query runs on it, and not longer than `visible`.
class EventSource {
 public:
  /// The events that may lie in [begin, end): files without such events are left out.
  EventSource(const query::Visible& visible, event::Micros begin, event::Micros end,
              TailRegistry& tails);

  /// Certainly has no event.
  [[nodiscard]] bool empty() const { return from_.empty(); }
  /// The files that the query will read.
  [[nodiscard]] const std::vector<const archive::SegmentFile*>& files() const { return files_; }
  /// For FROM: a subquery named `events`.
  [[nodiscard]] const std::string& from() const { return from_; }

 private:
  std::vector<const archive::SegmentFile*> files_;
  std::optional<TailRegistry::Entry> tail_;
  std::string from_;
};

}  // namespace tidemark::views::columnar
