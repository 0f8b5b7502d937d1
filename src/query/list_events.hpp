#pragma once

/// The events themselves, in pages.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "event/event.hpp"
#include "event/local_day.hpp"
#include "query/scope.hpp"

namespace tidemark::query {

/// Whether an event matches, in which order events come, and where a page begins.
struct ListEvents {
  Scope scope;
  std::optional<event::Micros> from;        ///< included
  std::optional<event::Micros> to;          ///< excluded
  std::optional<event::LocalDay> from_day;  ///< local days of scope.zone, included
  std::optional<event::LocalDay> to_day;    ///< included
  bool descending = true;                   ///< by (occurred_at, event_id)
  std::uint32_t limit = 100;
  /// The page begins after this event and has only events below `position`.
  struct After {
    event::Micros occurred_at = 0;
    std::string event_id;
    event::Sequence position = 0;
  };
  std::optional<After> after;
};

/// An event of a list, in its own memory.
struct ListedEvent {
  std::string id;
  std::string user_id;
  std::string event_type;
  std::string properties;
  event::Micros occurred_at = 0;
  event::Micros received_at = 0;
  event::Sequence sequence = 0;
};
struct EventPage {
  std::vector<ListedEvent> events;
  bool more = false;  ///< there are events after the last one
};

}  // namespace tidemark::query
