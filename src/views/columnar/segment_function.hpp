#pragma once

/// Segments as a function of DuckDB, so that a segment means the same everywhere.

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "clients/duckdb/database.hpp"
#include "query/segment/segment.hpp"

namespace tidemark::views::columnar {

/// The segments that queries may name, each while its entry lives.
///
/// Threads:  any.
class SegmentRegistry {
 public:
  /// While it lives, queries can use the segment under its number.
  class Entry {
   public:
    ~Entry();
    Entry(Entry&& other) noexcept;
    Entry& operator=(Entry&&) = delete;

    /// "segment_matches(7, event_type, '', properties)": a condition. Columns that the segment does
    /// not need are not read.
    [[nodiscard]] std::string sql() const;

   private:
    friend class SegmentRegistry;
    struct Segments;
    struct Asked {
      query::Segment segment;
      clients::duckdb::Stop stop;
    };
    Entry(std::shared_ptr<Segments> segments, std::uint64_t number,
          std::shared_ptr<const Asked> asked);
    std::shared_ptr<Segments> segments_;
    std::uint64_t number_;
    std::shared_ptr<const Asked> asked_;
  };

  SegmentRegistry();

  /// The query calls `stop` every few rows, from any thread of DuckDB that tests them: a segment
  /// may take longer over one chunk than a scan may work before it looks at others. If `stop`
  /// returns true, no further row matches, and the caller of the query must end it.
  Entry add(query::Segment segment, clients::duckdb::Stop stop = {});

  /// Registers the function in a database; once.
  base::Status register_function(clients::duckdb::Connection& connection) const;

 private:
  std::shared_ptr<Entry::Segments> segments_;
};

}  // namespace tidemark::views::columnar
