#pragma once

/// Reads the ledger again in commit order.

#include "archive/columns.hpp"
#include "archive/segment_reader.hpp"
#include "query/event_reading.hpp"

namespace tidemark::views::columnar {

/// Lifetime: `reader` must outlive the function.
query::Replay make_replay(const archive::SegmentReader& reader, archive::Columns columns);
query::EventScan make_scan(const archive::SegmentReader& reader);

}  // namespace tidemark::views::columnar
