#pragma once

/// A page of events in the order of their instants, from files and memory that are in the order of
/// their arrival.

#include "archive/segment_reader.hpp"
#include "base/result.hpp"
#include "query/list_events.hpp"
#include "query/visible.hpp"
#include "views/columnar/calculator.hpp"

namespace tidemark::views::columnar {

/// The tail is sorted in memory; files are read from the nearest on, until no further one can hold
/// an event of the page.
base::Result<query::EventPage> list_events(Calculator& calculator,
                                           const query::ListEvents& question,
                                           const query::Visible& visible,
                                           const clients::duckdb::Stop& stop);

/// See ColumnarEngine::by_sequences.
base::Result<std::vector<query::ListedEvent>> events_by_sequence(
    const archive::SegmentReader& reader, const query::Visible& visible,
    std::span<const event::Sequence> sequences);

}  // namespace tidemark::views::columnar
