#pragma once

/// Finds the events themselves, not figures about them.

#include <span>
#include <vector>

#include "base/result.hpp"
#include "query/engine.hpp"
#include "query/list_events.hpp"
#include "query/visible.hpp"

namespace tidemark::query {

/// Threads:  any, several at once. Blocks.
/// Errors:   as Engine.
class EventFinder {
 public:
  virtual ~EventFinder() = default;

  /// One page, in the requested order.
  virtual base::Result<EventPage> list(const ListEvents& question, const Visible& visible,
                                       const Cancellation& cancellation) = 0;

  /// The events with these sequences, by rising sequence. A repeated sequence gives its event once;
  /// a sequence at or above the position gives nothing.
  virtual base::Result<std::vector<ListedEvent>> by_sequences(
      const Visible& visible, std::span<const event::Sequence> sequences) = 0;
};

}  // namespace tidemark::query
