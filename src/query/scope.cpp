#include "query/scope.hpp"

#include <cassert>

namespace tidemark::query {

std::string which_events(const Scope& scope) {
  if (scope.segment.empty()) return "event";
  return scope.segment.conditions.size() == 1 ? "event that matches the segment"
                                              : "event that matches every segment";
}

std::string in_zone(const Scope& scope) {
  assert(scope.zone != nullptr);
  return " in " + scope.zone->name();
}

}  // namespace tidemark::query
