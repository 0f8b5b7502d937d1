#include "api/post_events.hpp"

#include <algorithm>
#include <cctype>
#include <memory>
#include <utility>

#include "api/accepting.hpp"
#include "api/errors.hpp"
#include "api/receipts.hpp"
#include "api/request_body.hpp"
#include "event/content_hash.hpp"
#include "http/handoff.hpp"
#include "wire/content_type.hpp"
#include "wire/form.hpp"
#include "wire/property.hpp"

namespace tidemark::api {
namespace {

using base::Error;
using base::ErrorCode;
using ingest::IdempotencyStore;

struct PostParameters {
  std::optional<std::string> idempotency_key;
  std::optional<std::string> prefer;
  bool dry_run = false;
  bool quarantine = true;
};

/// How a request wants to be answered.
struct Wishes {
  bool with_results = false;
  bool dry_run = false;
  bool quarantine = true;
};

/// Events by what became of them, for `/metrics`.
struct Outcomes {
  explicit Outcomes(telemetry::Metrics& metrics)
      : accepted(counter(metrics, "accepted")),
        duplicates(counter(metrics, "duplicate")),
        rejected(counter(metrics, "rejected")),
        batch_sizes(metrics.histogram("tidemark_batch_events", "Events of one request.",
                                      {1, 10, 100, 1'000, 10'000})) {}

  static telemetry::Counter& counter(telemetry::Metrics& metrics, const char* outcome) {
    return metrics.counter("tidemark_events_total", "Events received over HTTP, by outcome.",
                           {{"outcome", outcome}});
  }
  void count(const wire::Decoded& decoded, const ingest::Receipt& receipt) const {
    batch_sizes.observe(decoded.events_count);
    if (receipt.accepted > 0) accepted.add(static_cast<double>(receipt.accepted));
    if (receipt.duplicates > 0) duplicates.add(static_cast<double>(*receipt.duplicates));
    if (!decoded.rejected.empty()) rejected.add(static_cast<double>(decoded.rejected.size()));
  }

  telemetry::Counter& accepted;
  telemetry::Counter& duplicates;
  telemetry::Counter& rejected;
  telemetry::Histogram& batch_sizes;
};

/// A body that cannot be read as a whole is the sender's mistake in writing it: 400, not 422.
/// Only large ones need room or a lane.
http::Response refuse_body(const Error& error) {
  if (error.code() != ErrorCode::InvalidInput) {
    auto problem = to_problem(error);
    problem.crowded = error.code() == ErrorCode::Overloaded;
    return problem;
  }
  return http::Problem{.status = 400,
                       .code = "malformed_body",
                       .title = "The body cannot be read",
                       .detail = error.message()};
}

/// Where a duplicate differs from the event that stands. Blocks: runs on a worker.
base::Result<std::vector<bool>> find_conflicts(const Service& service, const wire::Decoded& decoded,
                                               const ingest::Receipt& receipt) {
  std::vector<event::Sequence> sequences;
  for (const auto& outcome : receipt.outcomes) {
    if (!outcome.accepted) sequences.push_back(outcome.sequence);
  }
  const auto visible = service.publication.current();
  auto standing = service.events.by_sequences(*visible, sequences);
  if (!standing) return standing.error();
  std::vector<bool> conflicts(receipt.outcomes.size(), false);
  for (std::size_t i = 0; i < receipt.outcomes.size(); ++i) {
    if (receipt.outcomes[i].accepted) continue;
    const auto first = std::ranges::lower_bound(*standing, receipt.outcomes[i].sequence, {},
                                                &query::ListedEvent::sequence);
    if (first == standing->end() || first->sequence != receipt.outcomes[i].sequence) continue;
    const auto& row = decoded.batch.rows[i];
    conflicts[i] = first->occurred_at != row.occurred_at || first->user_id != row.user_id ||
                   first->event_type != row.event_type ||
                   !wire::same_json(first->properties, row.properties);
  }
  return conflicts;
}

/// What was sent, and how its sender wants to be answered.
struct PostedEvents {
  wire::Body body;
  wire::Format format = wire::Format::Json;
  Wishes wishes;
  http::Ticket ticket = {};
};

/// A request that is being carried out. Shared with workers, which may outlive the coroutine.
struct Taken {
  http::Ticket ticket;
  wire::Decoded decoded;
  ingest::Receipt receipt;
  std::vector<bool> conflicts;
};

/// Nothing where it went well.
http::Task<std::optional<http::Problem>> keep_rejected(const Service* service,
                                                       std::shared_ptr<Taken> taken) {
  auto keep = [service, taken] {
    return service->quarantine.add(quarantined(taken->decoded, service->clock.now()));
  };
  auto kept = co_await http::run_on(&service->lanes.receipts, std::move(keep), taken->ticket);
  if (!kept) co_return http::problems::overloaded("too many requests wait for a worker");
  if (!*kept) co_return to_problem(kept->error());
  co_return std::nullopt;
}

http::Task<std::optional<http::Problem>> compare_duplicates(const Service* service,
                                                            std::shared_ptr<Taken> taken) {
  auto compare = [service, taken] {
    return find_conflicts(*service, taken->decoded, taken->receipt);
  };
  auto found = co_await http::run_on(&service->lanes.receipts, std::move(compare), taken->ticket);
  if (!found) co_return http::problems::overloaded("too many requests wait for a worker");
  if (!*found) co_return to_problem(found->error());
  taken->conflicts = std::move(**found);
  co_return std::nullopt;
}

http::Task<http::Response> take_events(const Service* service, std::shared_ptr<Outcomes> outcomes,
                                       PostedEvents submission) {
  base::Result<wire::Decoded> decoded = Error{ErrorCode::Unavailable, ""};
  if (submission.body.text.size() <= IngestLanes::kHereBytesMax) {
    decoded = wire::decode(std::move(submission.body), submission.format, decode_options(*service));
  } else {
    auto on_lane = co_await decode_body(service, std::move(submission.body), submission.format,
                                        submission.ticket);
    decoded = std::move(on_lane);
  }
  if (!decoded) co_return refuse_body(decoded.error());
  const auto wishes = submission.wishes;
  auto taken = std::make_shared<Taken>();
  taken->ticket = submission.ticket;
  taken->decoded = std::move(*decoded);

  if (!taken->decoded.rejected.empty() && wishes.quarantine && !wishes.dry_run) {
    auto failed = co_await keep_rejected(service, taken);
    if (failed) co_return std::move(*failed);
  }
  if (!taken->decoded.batch.rows.empty()) {
    // For a representation the rows are looked at again when the batch has been handed over; the
    // bytes that they point into belong to both.
    auto batch = wishes.with_results ? taken->decoded.batch : std::move(taken->decoded.batch);
    const AcceptOptions options{.wants_outcomes = wishes.with_results,
                                .check_only = wishes.dry_run,
                                .ticket = taken->ticket};
    auto receipt = co_await accept(service, std::move(batch), options);
    if (!receipt) co_return to_problem(receipt.error());
    taken->receipt = std::move(*receipt);
  }
  if (!wishes.dry_run) outcomes->count(taken->decoded, taken->receipt);

  std::vector<EventResult> results;
  if (wishes.with_results) {
    taken->conflicts.resize(taken->receipt.outcomes.size(), false);
    if (taken->receipt.duplicates > 0) {
      auto failed = co_await compare_duplicates(service, taken);
      if (failed) co_return std::move(*failed);
    }
    results = results_of(taken->decoded, taken->receipt, taken->conflicts);
  }
  auto response = receipt_response({.decoded = taken->decoded,
                                    .receipt = taken->receipt,
                                    .results = results,
                                    .with_results = wishes.with_results,
                                    .dry_run = wishes.dry_run,
                                    .quarantined = wishes.quarantine && !wishes.dry_run,
                                    .position_tag = service->position_tag});
  if (wishes.with_results) response.header("Preference-Applied", "return=representation");
  co_return response;
}

/// An answer under an Idempotency-Key is either remembered or its key freed, whatever happens.
class KeyInUse {
 public:
  KeyInUse(IdempotencyStore& answers, std::string key, std::uint64_t use)
      : answers_(&answers), key_(std::move(key)), use_(use) {}
  KeyInUse(const KeyInUse&) = delete;
  KeyInUse& operator=(const KeyInUse&) = delete;
  ~KeyInUse() {
    if (answers_ != nullptr) answers_->forget(key_, use_);
  }
  void remember(const http::Response& response, IdempotencyStore::FinishedHandler done) {
    std::exchange(answers_, nullptr)
        ->finish(key_, use_,
                 {.status = response.status,
                  .content_type = std::string(response.content_type),
                  .body = std::string(response.bytes())},
                 std::move(done));
  }

 private:
  IdempotencyStore* answers_;
  std::string key_;
  std::uint64_t use_;
};

http::Response repeated(const ingest::RememberedAnswer& answer) {
  http::Response response(answer.status);
  response.content_type = answer.status == 202 ? http::kJson : http::kProblemJson;
  response.body = answer.body;
  response.header("Idempotent-Replayed", "true");
  return response;
}

/// Nothing where the request is to be carried out.
std::optional<http::Response> answer_without(const IdempotencyStore::Looked& looked) {
  switch (looked.verdict) {
    case IdempotencyStore::Verdict::Repeat:
      return repeated(*looked.answer);
    case IdempotencyStore::Verdict::Different:
      return http::Problem{.status = 422,
                           .code = "idempotency_key_reused",
                           .title = "The Idempotency-Key was used with another body",
                           .detail =
                               "this key belongs to an earlier request with another body; "
                               "a new request needs a new key"};
    case IdempotencyStore::Verdict::Running:
      return http::Problem{.status = 409,
                           .code = "idempotency_key_in_use",
                           .title = "The first request with this Idempotency-Key still runs",
                           .detail = "ask again when it has been answered",
                           .headers = {{"Retry-After", "1"}}};
    case IdempotencyStore::Verdict::Begin:
      break;
  }
  return std::nullopt;
}

http::Task<http::Response> take_events_once(const Service* service,
                                            std::shared_ptr<Outcomes> outcomes,
                                            http::RequestPtr request, std::string key,
                                            PostedEvents submission) {
  http::Handoff<base::Result<IdempotencyStore::Looked>> begun;
  service->remembered.begin(key, event::content_hash(submission.body.text), begun.completion());
  auto looked = co_await begun.wait();
  if (!looked) co_return http::problems::unavailable("the service is stopping");
  if (!*looked) co_return to_problem(looked->error());
  auto known = answer_without(**looked);
  if (known) co_return std::move(*known);

  KeyInUse in_use(service->remembered, std::move(key), (*looked)->use);
  auto response = co_await take_events(service, std::move(outcomes), std::move(submission));
  if (response.status == 202 || response.status == 422) {
    if (response.problem) response.body = http::render(*response.problem, request->id);
    http::Handoff<bool> kept;
    in_use.remember(response, [done = kept.completion()] { done(true); });
    co_await kept.wait();  // where the service stops first, the answer is as true as ever
  }
  co_return response;
}

/// Which of two keys was meant, nobody can say.
bool has_several_keys(const http::Request& request) {
  const auto is_key = [](const http::HeaderField& field) {
    return http::equal_ignoring_case(field.name, "Idempotency-Key");
  };
  return std::ranges::count_if(request.fields, is_key) > 1;
}

/// Other media types were refused before; what is left are parameters and a second line.
http::Problem refuse_content_type(const http::Request& request) {
  const auto is_type = [](const http::HeaderField& field) {
    return http::equal_ignoring_case(field.name, "Content-Type");
  };
  const bool several = std::ranges::count_if(request.fields, is_type) > 1;
  auto problem = http::problems::unsupported_media_type(
      (several ? "Content-Type must be sent once"
               : "Content-Type may carry charset=utf-8 and no other parameter") +
      (", as in application/json or application/x-ndjson; " +
       http::received(request.headers("Content-Type"))) +
      ".");
  problem.headers.emplace_back("Accept",
                               "application/json, application/*+json, application/x-ndjson");
  return problem;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

/// What is sent as mere bytes may be packed, and its sender not say so.
std::vector<wire::Coding> untold_codings(const http::Request& request, std::string_view type) {
  if (!lower(type).starts_with("application/octet-stream")) return {};
  const auto coding = wire::coding_of_bytes(request.body.view());
  return coding ? std::vector{*coding} : std::vector<wire::Coding>();
}

/// A large form costs what a large body does, and is read where those are.
http::Task<base::Result<wire::Body>> read_form(const Service* service, wire::FormKind kind,
                                               std::string type, wire::Body form,
                                               http::Ticket ticket) {
  if (form.text.size() <= IngestLanes::kHereBytesMax) {
    co_return wire::events_of_form(kind, type, std::move(form));
  }
  auto& lane = service->ingest.lane_for(form.text.size());
  auto read = [kind, type = std::move(type), form = std::move(form)] {
    return wire::events_of_form(kind, type, form);
  };
  auto events = co_await http::run_on(&lane, std::move(read), ticket);
  if (!events) co_return Error{ErrorCode::Overloaded, "too many large bodies wait to be read"};
  co_return std::move(*events);
}

http::Task<http::Response> post_events(const Service* service, std::shared_ptr<Outcomes> outcomes,
                                       http::RequestPtr request, PostParameters parameters) {
  const std::string type = request->headers("Content-Type");
  const auto form = wire::form_kind_of(type);
  const auto format = form ? wire::Format::Json : wire::format_of(type);
  if (!format) co_return refuse_content_type(*request);
  auto codings = wire::codings_of(request->headers("Content-Encoding"));
  if (!codings) {
    co_return http::problems::unsupported_media_type(
        "Content-Encoding may name two codings of gzip, deflate and zstd at most.");
  }
  if (codings->empty()) *codings = untold_codings(*request, type);
  wire::Body body;
  if (codings->empty()) {
    body = packed_body(*request);
  } else {
    auto unpacked = co_await unpack_body(service, request, std::move(*codings));
    if (!unpacked) co_return refuse_body(unpacked.error());
    body = std::move(*unpacked);
  }
  if (form) {
    auto events = co_await read_form(service, *form, type, std::move(body), ticket_of(*request));
    if (!events) co_return refuse_body(events.error());
    body = std::move(*events);
  }
  PostedEvents submission{
      .body = std::move(body),
      .format = *format,
      .wishes = {.with_results = wants_representation(request->headers("Prefer")),
                 .dry_run = parameters.dry_run,
                 .quarantine = parameters.quarantine},
      .ticket = ticket_of(*request)};

  if (!parameters.idempotency_key || parameters.dry_run) {
    auto response = co_await take_events(service, std::move(outcomes), std::move(submission));
    co_return response;
  }
  if (has_several_keys(*request)) {
    co_return invalid("Idempotency-Key", "repeated_parameter",
                      "`Idempotency-Key` may be given once; it was received again");
  }
  auto key = plain_key(*parameters.idempotency_key);
  if (!key) {
    co_return invalid("Idempotency-Key", "invalid_parameter",
                      "must be 1 to 255 bytes, bare or in double quotes; received " +
                          std::to_string(parameters.idempotency_key->size()) + " bytes");
  }
  auto response = co_await take_events_once(service, std::move(outcomes), std::move(request),
                                            std::move(*key), std::move(submission));
  co_return response;
}

boost::json::value example_event() {
  return {{"event_id", "8a5e2f0c-6f0a-4f7e-9d43-5d0c2b7d7f11"},
          {"occurred_at", "2025-08-01T10:00:00Z"},
          {"user_id", "42"},
          {"event_type", "purchase"},
          {"properties", {{"country", "UA"}, {"amount", 12.5}}}};
}

http::Schema event_schema() {
  using http::Schema;
  return Schema::object()
      .property("event_id", Schema::string().length(1, 200).describe(
                                "A UUID, or any other text; makes the event unique for ever"))
      .property("occurred_at",
                Schema::one_of({Schema::timestamp(), Schema::integer()})
                    .describe("RFC 3339 (UTC where it has no offset), or milliseconds since 1970"))
      .property("user_id", Schema::one_of({Schema::string().length(1, 256), Schema::integer()}))
      .property("event_type", Schema::string().length(1, 128))
      .optional_property("properties",
                         Schema::object().nullable().describe("At most 64 KiB and 16 levels"))
      .closed()
      .named("Event");
}

/// What a page's form holds.
http::Schema form_schema() {
  using http::Schema;
  return Schema::object()
      .property("events", Schema::string().describe(
                              "JSON or NDJSON; or else the fields of one event by their names"))
      .named("EventForm");
}

}  // namespace

std::optional<std::string> plain_key(std::string_view header) {
  constexpr std::size_t kKeyBytesMax = 255;
  if (header.size() >= 2 && header.front() == '"' && header.back() == '"') {
    header = header.substr(1, header.size() - 2);
  }
  if (header.empty() || header.size() > kKeyBytesMax) return std::nullopt;
  return std::string(header);
}

bool wants_representation(std::string_view prefer) {
  std::string list = lower(prefer);
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
  return http::endpoint<PostParameters>(http::Method::Post, "/events")
      .id("postEvents")
      .tag("Events")
      .summary("Takes events, each exactly once")
      .description(
          "One event, an array, {\"events\":[…]}, or one a line. Good events of a batch "
          "are taken, bad ones told one by one and kept in the quarantine; while it cannot keep "
          "them, such a batch gets 503, and nothing of it is taken. `accepted` means: on disk, "
          "unique, and visible to the next question. What `navigator.sendBeacon` sends is taken "
          "from pages of `cors_origins`: a text, URLSearchParams and FormData with the events as "
          "JSON in the field `events`, a Blob of JSON or of no type.")
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
      .body_bytes_max(static_cast<std::size_t>(service.settings.body_bytes_max))
      .param(http::header("Idempotency-Key", &PostParameters::idempotency_key)
                 .describe("The same key and body again gets the first answer; 1 to 255 bytes, "
                           "remembered for 24 h"))
      .param(http::header("Prefer", &PostParameters::prefer)
                 .describe("return=representation adds `results`, one an event")
                 .example("return=representation"))
      .param(http::query("dry_run", &PostParameters::dry_run)
                 .defaults_to(false)
                 .describe("Checks and counts, duplicates too, and takes nothing"))
      .param(http::query("quarantine", &PostParameters::quarantine)
                 .defaults_to(true)
                 .describe("false: rejected events are told and not kept, because their sender "
                           "keeps them, as `tidemark import` does"))
      .answers(200, "On dry_run: what would become of the events", receipt_schema())
      .answers(202, "Everything good in the request is durable, unique and visible",
               receipt_schema())
      .answer_header("Preference-Applied", "return=representation, where it was preferred")
      .answer_header("Idempotent-Replayed", "true, where the answer was remembered")
      .refuses(400, "malformed_body", "The body is empty or not JSON; nothing was taken")
      .refuses(403, "origin_not_allowed", "A page of an origin that `cors_origins` does not name")
      .refuses(409, "idempotency_key_in_use", "The first request with the key still runs")
      .refuses(413, "too_large", "Too many events or bytes; nothing was taken")
      .refuses(415, "unsupported_media_type", "The content type or encoding is not known")
      .refuses(422, "all_events_rejected",
               "Every event has faults, or the Idempotency-Key belongs to another body",
               rejection_schema())
      .async([&service, outcomes](http::RequestPtr request, PostParameters parameters) {
        return post_events(&service, outcomes, std::move(request), std::move(parameters));
      });
}

}  // namespace tidemark::api
