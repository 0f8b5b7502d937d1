#pragma once

/// Events themselves, not figures about them.

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

  /// One page, in the order that is asked for.
  virtual base::Result<EventPage> list(const ListEvents& question, const Visible& visible,
                                       const Cancellation& cancellation) = 0;

  /// The events with these sequences, by rising sequence; repeated ones once, those at or above
  /// the position not at all.
  virtual base::Result<std::vector<ListedEvent>> by_sequences(
      const Visible& visible, std::span<const event::Sequence> sequences) = 0;
};

}  // namespace tidemark::query
