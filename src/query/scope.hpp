#pragma once

/// What all questions have in common.

#include <string>

#include "event/event.hpp"
#include "event/zone.hpp"
#include "query/segment/segment.hpp"

namespace tidemark::query {

/// The project, the events that count, and the calendar of a question.
struct Scope {
  event::ProjectId project = event::ProjectId::Default;
  event::ZonePtr zone;  ///< never null
  Segment segment;      ///< empty: every event
};

// Parts of the sentences that say what figures mean.
std::string which_events(const Scope& scope);  ///< "event that matches the segment"
std::string in_zone(const Scope& scope);       ///< " in Europe/Kyiv"

}  // namespace tidemark::query
