#pragma once

/// The filters of all endpoints that give out events.

#include <optional>
#include <string>
#include <vector>

#include "api/parameters.hpp"
#include "api/service.hpp"
#include "http/endpoint.hpp"
#include "query/list_events.hpp"

namespace tidemark::api {

struct EventFilters {
  std::optional<DayOrInstant> from;
  std::optional<DayOrInstant> to;
  std::optional<event::ZonePtr> tz;
  std::optional<std::string> user_id;
  std::optional<std::string> event_type;
  std::vector<http::Keyed<std::string>> properties;
  std::vector<query::Condition> segments;
};

/// For `EndpointBuilder::with`; P must inherit EventFilters.
template <class P>
void declare_event_filters(http::EndpointBuilder<P>& builder) {
  using F = EventFilters;
  builder
      .param(http::query("from", &F::from)
                 .alias("from_date")
                 .describe("The first day (in the zone tz) or instant; included"))
      .param(http::query("to", &F::to)
                 .alias("to_date")
                 .describe("The last day (in the zone tz), included; or an instant, not included"))
      .param(http::query("tz", &F::tz).describe("IANA time zone in which from and to are days"))
      .param(http::query("user_id", &F::user_id).describe("Only events of this user"))
      .param(http::query("event_type", &F::event_type).describe("Only events of this type"))
      .param(http::prefixed("properties.", &F::properties)
                 .describe("properties.KEY=VALUE: only events with this property."))
      .param(http::repeated("segment", &F::segments)
                 .describe("Only events that match, in the form that /stats takes"));
}

/// The filters as a question; finds faults in `properties.KEY=VALUE` and in the bounds.
query::ListEvents question_of(const EventFilters& filters, const Service& service,
                              const http::Request& request, std::vector<http::Fault>& faults);

}  // namespace tidemark::api
