#pragma once

/// Whose data a request is about, and the calendar of that project.

#include "api/service.hpp"
#include "event/event.hpp"
#include "event/zone.hpp"
#include "http/request.hpp"

namespace tidemark::api {

/// The project that the gate found: the caller may see and change nothing else.
inline event::ProjectId project_of(const http::Request& request) {
  return event::ProjectId{request.caller.project};
}

/// The zone of the project's days where a request names none.
event::ZonePtr zone_of(const Service& service, event::ProjectId project);

}  // namespace tidemark::api
