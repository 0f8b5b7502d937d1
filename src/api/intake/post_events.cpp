#include "api/intake/post_events.hpp"

#include <algorithm>
#include <cctype>
#include <memory>
#include <utility>
#include <variant>

#include "api/errors.hpp"
#include "api/intake/idempotency.hpp"
#include "api/intake/posted_body.hpp"
#include "api/intake/receipts.hpp"
#include "api/intake/taking.hpp"
#include "api/scoping.hpp"

namespace tidemark::api {
namespace {

struct PostParameters {
  std::optional<std::string> idempotency_key;
  std::optional<std::string> prefer;
  bool dry_run = false;
  bool quarantine = true;
};

http::Task<http::Response> post_events(const Service* service, std::shared_ptr<Outcomes> outcomes,
                                       http::RequestPtr request, PostParameters parameters) {
  auto sent = co_await posted_body(service, request);
  if (auto* refused = std::get_if<http::Response>(&sent)) co_return std::move(*refused);
  auto& body = std::get<PostedBody>(sent);
  PostedEvents posted{.body = std::move(body.body),
                      .format = body.format,
                      .wishes = {.with_results = wants_representation(request->headers("Prefer")),
                                 .dry_run = parameters.dry_run,
                                 .quarantine = parameters.quarantine},
                      .sender = {project_of(*request), ticket_of(*request)}};

  if (!parameters.idempotency_key || parameters.dry_run) {
    auto response = co_await take_events(service, std::move(outcomes), std::move(posted));
    co_return response;
  }
  if (has_several_keys(*request)) {
    co_return invalid("Idempotency-Key", "repeated_parameter",
                      "`Idempotency-Key` may be given only once; it was received again");
  }
  auto key = plain_key(*parameters.idempotency_key);
  if (!key) {
    co_return invalid("Idempotency-Key", "invalid_parameter",
                      "must be 1 to 255 bytes, bare or in double quotes; received " +
                          std::to_string(parameters.idempotency_key->size()) + " bytes");
  }
  auto response = co_await take_events_once(service, std::move(outcomes), std::move(request),
                                            std::move(*key), std::move(posted));
  co_return response;
}

boost::json::value example_event() {
  return {{"event_id", "8a5e2f0c-6f0a-4f7e-9d43-5d0c2b7d7f11"},
          {"occurred_at", "2025-08-01T10:00:00Z"},
          {"user_id", "42"},
          {"event_type", "purchase"},
          {"properties", {{"country", "UA"}, {"amount", 12.5}}}};
}

constexpr const char* kDescription =
    "The body is one event, an array of events, {\"events\":[…]}, or NDJSON (one event a "
    "line). The service takes the good events of a batch, lists the faults of the bad ones "
    "and keeps the bad ones in the quarantine. While the quarantine cannot keep them, a "
    "batch with bad events gets 503, and nothing of the batch is taken. `accepted` means: "
    "on disk, unique, and visible to the next question. Pages from `cors_origins` may also "
    "send events by `navigator.sendBeacon`, as a text, as URLSearchParams or FormData with "
    "the events as JSON in the field `events`, or as a Blob of JSON or without a type.";

http::Schema event_schema() {
  using http::Schema;
  return Schema::object()
      .property("event_id",
                Schema::string().length(1, 200).describe(
                    "A UUID or any other text. The event_id alone makes an event unique, for ever"))
      .property(
          "occurred_at",
          Schema::one_of({Schema::timestamp(), Schema::integer()})
              .describe("RFC 3339 (UTC where it has no offset), or milliseconds since 1970 (UTC)"))
      .property("user_id", Schema::one_of({Schema::string().length(1, 256), Schema::integer()}))
      .property("event_type", Schema::string().length(1, 128))
      .optional_property("properties",
                         Schema::object().nullable().describe("At most 64 KiB and 16 levels"))
      .closed()
      .named("Event");
}

/// The events of a page's form.
http::Schema form_schema() {
  using http::Schema;
  return Schema::object()
      .property(
          "events",
          Schema::string().describe(
              "Events as JSON or NDJSON. A form without this field has the fields of one event"))
      .named("EventForm");
}

}  // namespace

bool wants_representation(std::string_view prefer) {
  std::string list(prefer);
  std::ranges::transform(list, list.begin(), [](unsigned char c) { return std::tolower(c); });
  std::erase_if(list, [](char c) { return c == ' ' || c == '\t' || c == '"'; });
  std::size_t begin = 0;
  while (begin <= list.size()) {
    const auto end = std::min(list.find_first_of(",;", begin), list.size());
    if (std::string_view(list).substr(begin, end - begin) == "return=representation") return true;
    begin = end + 1;
  }
  return false;
}

http::Endpoint post_events_endpoint(const Service& service) {
  using http::Schema;
  const auto event = event_schema();
  const auto wrapped =
      Schema::object().property("events", Schema::array(event)).closed().named("EventList");
  const auto any = Schema::one_of({event, Schema::array(event), wrapped});
  const auto form = form_schema();
  auto outcomes = std::make_shared<Outcomes>(service.metrics);
  return http::endpoint<PostParameters>(http::Method::Post, "/events", http::Access::Write)
      .id("postEvents")
      .tag("Events")
      .summary("Takes events, each exactly once")
      .description(kDescription)
      .accepts("application/json", any, boost::json::array{example_event()})
      .accepts("application/*+json", any)
      .accepts("application/x-ndjson", Schema::string())
      .accepts("application/ndjson", Schema::string())
      .accepts("application/jsonl", Schema::string())
      .accepts("application/octet-stream", Schema::string())
      .accepts("text/plain", Schema::string())
      .accepts("application/x-www-form-urlencoded", form)
      .accepts("multipart/form-data", form)
      .encodings({"gzip", "deflate", "zstd"})
      .body_bytes_max(service.limits.body_bytes_max)
      .param(http::header("Idempotency-Key", &PostParameters::idempotency_key)
                 .describe("1 to 255 bytes, remembered for 24 h. A request that repeats key and "
                           "body gets the answer to the first one"))
      .param(http::header("Prefer", &PostParameters::prefer)
                 .describe("return=representation adds `results`, with one entry for each event")
                 .example("return=representation"))
      .param(http::query("dry_run", &PostParameters::dry_run)
                 .defaults_to(false)
                 .describe("Only checks and counts the events, duplicates too; takes nothing"))
      .param(http::query("quarantine", &PostParameters::quarantine)
                 .defaults_to(true)
                 .describe("false: rejected events are reported, but not kept in the quarantine, "
                           "because their sender keeps them, as `tidemark import` does"))
      .answers(200, "With dry_run: what would happen to the events", receipt_schema())
      .answers(202, "The good events of the request are durable, unique and visible",
               receipt_schema())
      .answer_header("Preference-Applied", "return=representation, where the request preferred it")
      .answer_header("Idempotent-Replayed",
                     "true, where this is the remembered answer to an earlier request")
      .refuses(400, "malformed_body", "The body is empty or is not JSON; nothing was taken")
      .refuses(403, "origin_not_allowed", "The page's origin is not in `cors_origins`")
      .refuses(409, "idempotency_key_in_use",
               "The first request with this Idempotency-Key is still running")
      .refuses(413, "too_large", "The request has too many events or bytes; nothing was taken")
      .refuses(415, "unsupported_media_type", "The content type or encoding is not supported")
      .refuses(422, "all_events_rejected",
               "Every event has faults, or the Idempotency-Key was used with another body",
               rejection_schema())
      .async([&service, outcomes](http::RequestPtr request, PostParameters parameters) {
        return post_events(&service, outcomes, std::move(request), std::move(parameters));
      });
}

}  // namespace tidemark::api
