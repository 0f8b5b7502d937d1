#pragma once

/// The ledger again, in commit order: what the views are made from after a start.

#include "archive/segment_reader.hpp"
#include "query/replay.hpp"

namespace tidemark::views::columnar {

/// Lifetime: `reader` outlives the function.
query::Replay make_replay(const archive::SegmentReader& reader,
                          archive::Columns columns = archive::Columns::Views);

}  // namespace tidemark::views::columnar
