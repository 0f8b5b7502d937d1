#include "api/scoping.hpp"

#include "access/directory.hpp"

namespace tidemark::api {

event::ZonePtr zone_of(const Service& service, event::ProjectId project) {
  const auto known = service.directory.known();
  const auto* const entry = known->project(project);
  if (entry == nullptr || entry->timezone.empty()) return service.default_zone;
  // The catalog takes only zones that exist, but another machine's rules may lack one.
  auto zone = event::find_zone(entry->timezone);
  return zone ? *zone : service.default_zone;
}

}  // namespace tidemark::api
