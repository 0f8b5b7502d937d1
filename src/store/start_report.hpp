#pragma once

/// What the start found and did, for the log.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "event/event.hpp"

namespace tidemark::store {

struct StartReport {
  event::Sequence archived = 0;         ///< events in Parquet segments
  event::Sequence replayed_views = 0;   ///< events that a view read again; the most of any view
  event::Sequence from_journal = 0;     ///< events that were not archived yet
  std::vector<std::string> orphans;     ///< files of unfinished work that were deleted
  std::string snapshot_refused;         ///< why the rollup's snapshot was not used
  std::size_t rebuilt_runs = 0;         ///< files of the id index that were made anew
  std::string loss_accepted;            ///< what was missing, if the operator accepted it
  std::string dropped;                  ///< what was dropped at the journal's end
  std::uint64_t unconfirmed_bytes = 0;  ///< of the dropped bytes, now or earlier
  double seconds = 0;
};

}  // namespace tidemark::store
