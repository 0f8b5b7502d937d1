#pragma once

/// Segments as a function of DuckDB's: one meaning of a segment, wherever it is asked.

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "clients/duckdb/database.hpp"
#include "query/segment/segment.hpp"

namespace tidemark::views::columnar {

/// The segments that queries may name, each from its registering until its end.
///
/// Threads:  any.
class SegmentRegistry {
 public:
  /// While it lives, the segment can be asked under its number.
  class Entry {
   public:
    ~Entry();
    Entry(Entry&& other) noexcept;
    Entry& operator=(Entry&&) = delete;

    /// "segment_matches(7, event_type, '', properties)": a condition. What the segment does not
    /// look at is not read.
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

  /// `stop` is asked every few rows, from whichever thread of the library looks at them: a segment
  /// may take longer over one chunk than a scan may work without a look at others. Where it says
  /// so, no further row matches, and whoever runs the query has to end it.
  Entry add(query::Segment segment, clients::duckdb::Stop stop = {});

  /// Teaches a database the function; once.
  base::Status register_function(clients::duckdb::Connection& connection) const;

 private:
  std::shared_ptr<Entry::Segments> segments_;
};

}  // namespace tidemark::views::columnar
