#include "api/queue.hpp"

#include <algorithm>
#include <cstdio>
#include <string>

#include "api/errors.hpp"
#include "http/json_writer.hpp"

namespace tidemark::api {
namespace {

using http::Schema;

/// Three places: clocks of two machines do not agree on more.
std::string seconds_text(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", std::max(seconds, 0.0));
  return text;
}

http::Response status_response(const QueueStatus& status) {
  http::JsonWriter json;
  json.begin_object()
      .member("depth", status.waiting + status.pending)
      .member("waiting", status.waiting)
      .member("pending", status.pending)
      .member("bytes", status.bytes)
      .member("bytes_max", status.bytes_max)
      .key("oldest_age_seconds")
      .raw(seconds_text(status.oldest_age_seconds))
      .member("consumers", status.consumers)
      .member("dead_letters", status.dead_letters)
      .key("views")
      .begin_object()
      .member("behind_events", status.behind_events)
      .key("behind_seconds")
      .raw(seconds_text(status.behind_seconds))
      .end_object()
      .end_object();
  return http::Response::json(200, json.take());
}

Schema queue_schema() {
  return Schema::object()
      .property("depth", Schema::integer().describe("Requests that are not committed yet"))
      .property("waiting", Schema::integer().describe("Those of them that no worker has taken"))
      .property("pending", Schema::integer().describe("Those of them that a worker holds"))
      .property("bytes", Schema::integer())
      .property("bytes_max", Schema::integer().describe("Size at which new events get 503"))
      .property("oldest_age_seconds", Schema::number())
      .property("consumers", Schema::integer().describe("Worker threads"))
      .property("dead_letters", Schema::integer())
      .property("views", Schema::object()
                             .property("behind_events", Schema::integer())
                             .property("behind_seconds", Schema::number()))
      .named("Queue");
}

}  // namespace

std::vector<http::Endpoint> queue_endpoints(const ReadQueue& read, http::WorkerPool& lane) {
  if (!read) return {};
  return {http::endpoint(http::Method::Get, "/queue", http::Access::Admin)
              .id("queue")
              .tag("Operations")
              .summary("Shows how far events have come on their way into the database")
              .answers(200, "The values at this moment", queue_schema())
              .on_lane(lane, [&read](const http::Request&, http::NoParameters) {
                const auto status = read();
                return status ? status_response(*status) : to_problem(status.error());
              })};
}

}  // namespace tidemark::api
