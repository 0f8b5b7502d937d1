// /quarantine: what was rejected of a project, to look at, to try again, to throw away.

#include <algorithm>
#include <cassert>
#include <charconv>
#include <memory>
#include <vector>

#include "api/api.hpp"
#include "api/errors.hpp"
#include "api/intake/accepting.hpp"
#include "api/quarantine_rows.hpp"
#include "api/scoping.hpp"
#include "event/timestamp.hpp"
#include "http/endpoint.hpp"
#include "http/json_writer.hpp"
#include "query/position.hpp"

namespace tidemark::api {
namespace {

using http::JsonWriter;
using http::Schema;

/// Events that one step of a replay reads, checks and hands over together.
constexpr std::size_t kReplayEvents = 1'000;
constexpr std::int64_t kPageMax = 1'000;
/// A page ends with the event that goes over it.
constexpr std::size_t kPageBytes = std::size_t{4} << 20U;

struct PageParameters {
  std::int64_t limit = 100;
  std::optional<std::uint64_t> cursor;
};
struct SourceParameters {
  std::string source;
};
struct IdParameters {
  std::uint64_t id = 0;
};

void write_entry(JsonWriter& json, const quarantine::QuarantinedEvent& entry) {
  json.begin_object()
      .member("id", entry.id)
      .member("rejected_at", event::to_string(entry.rejected_at))
      .member("source", entry.source)
      .member("format", name_of(entry.format))
      .member("raw", entry.raw)
      .key("errors")
      .begin_array();
  for (const auto& fault : entry.faults) {
    json.begin_object()
        .member("field", fault.field)
        .member("code", fault.code)
        .member("message", fault.message)
        .end_object();
  }
  json.end_array().end_object();
}

void write_dropped(JsonWriter& json, const quarantine::CountsBySource& dropped) {
  json.key("dropped").begin_array();
  for (const auto& [source, events] : dropped) {
    json.begin_object().member("source", source).member("events", events).end_object();
  }
  json.end_array();
}

http::Response list(const Service& service, event::ProjectId project, const PageParameters& p) {
  assert(p.limit >= 1 && p.limit <= kPageMax);
  const auto limit = static_cast<std::size_t>(p.limit);
  const auto entries = service.quarantine.list(project, p.cursor.value_or(0), limit + 1);
  if (!entries) return to_problem(entries.error());
  const auto most = std::min(entries->size(), limit);
  JsonWriter json;
  json.begin_object().key("data").begin_array();
  std::size_t told = 0;
  for (; told < most && json.text().size() < kPageBytes; ++told)
    write_entry(json, (*entries)[told]);
  json.end_array().key("next_cursor");
  assert(told <= entries->size() && (told > 0 || entries->empty()));
  entries->size() > told ? json.value(std::to_string((*entries)[told - 1].id)) : json.null();
  write_dropped(json, service.quarantine.dropped_by_source(project));
  json.end_object();
  return http::Response::json(200, json.take());
}

/// One step of a replay: the rejected events that are good now, as one batch.
struct Retried {
  std::vector<std::uint64_t> ids;  ///< of the rows, in order
  event::Batch batch;
  std::uint64_t last = 0;  ///< the last id that was looked at; 0: there was none
  std::size_t rejected = 0;
};

base::Result<Retried> retry_from(const Service& service, event::ProjectId project,
                                 std::uint64_t after) {
  const auto entries = service.quarantine.list(project, after, kReplayEvents);
  if (!entries) return entries.error();
  Retried retried;
  retried.batch.project = project;
  retried.batch.received_at = service.clock.now();
  for (const auto& entry : *entries) {
    retried.last = entry.id;
    auto good = read_again(service, project, entry);
    if (!good) {
      ++retried.rejected;
      continue;
    }
    retried.ids.push_back(entry.id);
    assert(good->rows.size() == 1);
    retried.batch.rows.push_back(good->rows.front());
    std::ranges::move(good->owners, std::back_inserter(retried.batch.owners));
  }
  return retried;
}

void add(const ingest::Receipt& receipt, ingest::Receipt& sum) {
  sum.accepted += receipt.accepted;
  if (!receipt.duplicates) sum.duplicates.reset();
  if (sum.duplicates) *sum.duplicates += *receipt.duplicates;
  sum.position = receipt.position;
}

std::string replay_receipt(const ingest::Receipt& sum, std::uint64_t rejected,
                           query::PositionTag tag) {
  JsonWriter json;
  json.begin_object().member("accepted", sum.accepted).key("duplicates");
  sum.duplicates ? json.value(*sum.duplicates) : json.null();
  json.member("rejected", rejected).key("position");
  const bool known = sum.accepted + sum.duplicates.value_or(0) > 0;
  known ? json.value(query::position_text(sum.position, tag)) : json.null();
  json.end_object();
  return json.take();
}

http::Task<http::Response> replay(const Service* service, http::RequestPtr request) {
  const auto ticket = ticket_of(*request);
  const auto project = project_of(*request);
  std::uint64_t after = 0;
  std::uint64_t rejected = 0;
  ingest::Receipt sum;
  for (;;) {
    auto retry = [service, project, after] { return retry_from(*service, project, after); };
    auto retried = co_await http::run_on(&service->lanes.receipts, std::move(retry), ticket);
    if (!retried)
      co_return http::problems::overloaded(
          "too many requests are waiting for a worker; try again later");
    auto& step = *retried;
    if (!step) co_return to_problem(step.error());
    if (step->last == 0) break;
    after = step->last;
    rejected += step->rejected;
    if (step->ids.empty()) continue;
    auto receipt =
        co_await accept(service, std::move(step->batch), /*wants_outcomes=*/false, http::Ticket());
    if (!receipt) co_return to_problem(receipt.error());
    add(*receipt, sum);
    // Only now: until here a crash leaves them in both places, and their ids make that harmless.
    auto remove_all = [service, project, ids = step->ids] {
      return service->quarantine.remove(project, ids);
    };
    auto removed = co_await http::run_on(&service->lanes.receipts, std::move(remove_all), ticket);
    if (!removed)
      co_return http::problems::overloaded(
          "too many requests are waiting for a worker; try again later");
    if (!*removed) co_return to_problem(removed->error());
  }
  co_return http::Response::json(200, replay_receipt(sum, rejected, service->position_tag));
}

http::Response remove(const Service& service, event::ProjectId project, const IdParameters& p) {
  const auto removed = service.quarantine.remove(project, {&p.id, 1});
  if (!removed) return to_problem(removed.error());
  if (*removed == 0) {
    return http::problems::not_found("there is no rejected event with id " + std::to_string(p.id));
  }
  return http::Response(204);
}

http::Response remove_source(const Service& service, event::ProjectId project,
                             const SourceParameters& p) {
  const auto removed = service.quarantine.remove_source(project, p.source);
  if (!removed) return to_problem(removed.error());
  JsonWriter json;
  json.begin_object().member("removed", *removed).end_object();
  return http::Response::json(200, json.take());
}

/// A body that is not such a list is a 400, as with events.
http::Response keep_rows(const Service& service, const http::Request& request) {
  auto rows = read_rows(request.body.view(), project_of(request), service.clock.now());
  if (!rows) {
    return http::Problem{.status = 400,
                         .code = "malformed_body",
                         .title = "The body cannot be read",
                         .detail = rows.error().message()};
  }
  const auto sent = rows->size();
  const auto kept = service.quarantine.add_rows(std::move(*rows));
  if (!kept) return to_problem(kept.error());
  JsonWriter json;
  assert(*kept <= sent);
  json.begin_object().member("kept", *kept).member("known", sent - *kept).end_object();
  return http::Response::json(200, json.take());
}

Schema entry_schema() {
  const auto fault = Schema::object()
                         .property("field", Schema::string())
                         .property("code", Schema::string())
                         .property("message", Schema::string());
  return Schema::object()
      .property("id", Schema::integer())
      .property("rejected_at", Schema::timestamp())
      .property("source", Schema::string().describe("http, or FILE:LINE of an import"))
      .property("format", Schema::one_of_names({"json", "csv"})
                              .describe("csv: a header line and one row of a file"))
      .property("raw",
                Schema::string().describe(
                    "The event as it was sent; bytes that are not UTF-8 are shown as U+FFFD"))
      .property("errors", Schema::array(fault))
      .named("QuarantinedEvent");
}

Schema dropped_schema() {
  return Schema::object()
      .property("source", Schema::string().describe("http, or FILE of an import"))
      .property("events", Schema::integer())
      .named("DroppedEvents");
}

http::Endpoint list_endpoint(const Service& service) {
  return http::endpoint<PageParameters>(http::Method::Get, "/quarantine", http::Access::Admin)
      .id("listQuarantine")
      .tag("Quarantine")
      .summary("Lists rejected events, oldest first")
      .param(http::query("limit", &PageParameters::limit).defaults_to(100).between(1, kPageMax))
      .param(http::query("cursor", &PageParameters::cursor)
                 .describe("next_cursor of the previous page"))
      .answers(200, "A page",
               Schema::object()
                   .property("data", Schema::array(entry_schema()))
                   .property("next_cursor", Schema::string().nullable())
                   .property("dropped", Schema::array(dropped_schema())
                                            .describe("Events dropped to make room for newer ones "
                                                      "since this process started, by source"))
                   .named("QuarantinePage"))
      .on_lane(service.lanes.receipts,
               [&service](const http::Request& request, const PageParameters& p) {
                 return list(service, project_of(request), p);
               });
}

http::Endpoint keep_endpoint(const Service& service) {
  return http::endpoint(http::Method::Post, "/quarantine", http::Access::Admin)
      .id("quarantineRows")
      .tag("Quarantine")
      .summary("Keeps bad rows that an import found in a file")
      .description(
          "`tidemark import` sends its bad rows here. A row with the source and content of a "
          "row that is kept already is not kept again.")
      .accepts("application/json", rows_schema(), rows_example())
      .answers(200, "The rows are kept",
               Schema::object()
                   .property("kept", Schema::integer().minimum(0))
                   .property("known",
                             Schema::integer().minimum(0).describe("Rows that were kept already"))
                   .named("QuarantineReceipt"))
      .refuses(400, "malformed_body", "The body is not a list of rows; nothing was kept")
      .on_lane(service.lanes.receipts,
               [&service](const http::Request& request, http::NoParameters) {
                 return keep_rows(service, request);
               });
}

http::Endpoint replay_endpoint(const Service& service) {
  return http::endpoint(http::Method::Post, "/quarantine/replay", http::Access::Admin)
      .id("replayQuarantine")
      .tag("Quarantine")
      .summary("Checks all rejected events again")
      .description(
          "Events that are good now (because a rule was widened, or a clock has moved on) are "
          "taken and leave the quarantine; the others stay.")
      .answers(200, "How many events were taken, known or rejected again",
               Schema::object()
                   .property("accepted", Schema::integer())
                   .property("duplicates", Schema::integer().nullable())
                   .property("rejected",
                             Schema::integer().describe("Events that stay in the quarantine"))
                   .property("position", Schema::string().nullable())
                   .named("ReplayReceipt"))
      .async([&service](http::RequestPtr request, http::NoParameters) {
        return replay(&service, std::move(request));
      });
}

http::Endpoint remove_source_endpoint(const Service& service) {
  return http::endpoint<SourceParameters>(http::Method::Delete, "/quarantine", http::Access::Admin)
      .id("deleteQuarantinedOfSource")
      .tag("Quarantine")
      .summary("Removes all rejected events of one source")
      .param(http::query("source", &SourceParameters::source)
                 .required()
                 .describe("http, FILE with all its lines, or FILE:LINE")
                 .example("events.ndjson"))
      .answers(200, "The events are removed",
               Schema::object()
                   .property("removed", Schema::integer().minimum(0))
                   .named("QuarantineRemoval"))
      .on_lane(service.lanes.receipts,
               [&service](const http::Request& request, const SourceParameters& p) {
                 return remove_source(service, project_of(request), p);
               });
}

http::Endpoint remove_endpoint(const Service& service) {
  return http::endpoint<IdParameters>(http::Method::Delete, "/quarantine/{id}", http::Access::Admin)
      .id("deleteQuarantined")
      .tag("Quarantine")
      .summary("Removes one rejected event")
      .param(http::path("id", &IdParameters::id))
      .answers(204, "The event is removed")
      .refuses(404, "not_found", "There is no rejected event with this id")
      .on_lane(service.lanes.receipts,
               [&service](const http::Request& request, const IdParameters& p) {
                 return remove(service, project_of(request), p);
               });
}

}  // namespace

std::vector<http::Endpoint> quarantine_endpoints(const Service& service) {
  return {list_endpoint(service), keep_endpoint(service), replay_endpoint(service),
          remove_source_endpoint(service), remove_endpoint(service)};
}

}  // namespace tidemark::api
