#pragma once

/// Brings a view to the end of the ledger before it is asked anything.

#include "archive/manifest.hpp"
#include "archive/segment_reader.hpp"
#include "base/result.hpp"
#include "event/event.hpp"
#include "ledger/tail.hpp"
#include "query/view.hpp"

namespace tidemark::store {

/// Hands the view the events from its position on, archive first, then tail, and returns their
/// number. A view that is beyond the tail's end (events that are fed may lag behind a snapshot)
/// gets nothing.
///
/// Errors: those of reading the archive, except Corrupt: then the view gives up and logs it.
///         Nothing is lost by going on: the file stays as it is, and an engine that needs no views
///         answers.
base::Result<event::Sequence> catch_up(query::View& view, const archive::SegmentReader& archive,
                                       const archive::Manifest& manifest, const ledger::Tail& tail);

}  // namespace tidemark::store
