#pragma once

/// Makes a page of events in order of time from files and memory that are in order of arrival.

#include "archive/segment_reader.hpp"
#include "base/result.hpp"
#include "query/list_events.hpp"
#include "query/visible.hpp"
#include "views/columnar/calculator.hpp"

namespace tidemark::views::columnar {

/// Sorts the tail in memory, and reads files from the nearest on, until no further file can hold an
/// event of the page.
base::Result<query::EventPage> list_events(Calculator& calculator,
                                           const query::ListEvents& question,
                                           const query::Visible& visible,
                                           const clients::duckdb::Stop& stop);

/// See ColumnarEngine::by_sequences.
base::Result<std::vector<query::ListedEvent>> events_by_sequence(
    const archive::SegmentReader& reader, const query::Visible& visible,
    std::span<const event::Sequence> sequences);

}  // namespace tidemark::views::columnar
