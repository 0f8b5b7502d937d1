#include "api/intake/receipts.hpp"

#include <algorithm>
#include <cassert>

#include "http/json_writer.hpp"
#include "query/position.hpp"

namespace tidemark::api {
namespace {

using http::JsonWriter;
using http::Schema;

std::string_view name_of(EventStatus status) {
  switch (status) {
    case EventStatus::Accepted:
      return "accepted";
    case EventStatus::Duplicate:
      return "duplicate";
    case EventStatus::Conflict:
      return "conflict";
    case EventStatus::Rejected:
      return "rejected";
    case EventStatus::Queued:
      return "queued";
  }
  assert(false && "a status that has no name");
  return "";
}

void write_id(JsonWriter& json, std::string_view id) {
  json.key("event_id");
  id.empty() ? json.null() : json.value(id);
}

/// "accepted":…,"position":… without braces.
std::string counts(const ReceiptText& text) {
  const auto& receipt = text.receipt;
  const bool known = receipt.accepted + receipt.duplicates.value_or(0) > 0 && !text.dry_run;
  std::string out;
  out.reserve(96);
  out += "\"accepted\":" + std::to_string(receipt.accepted);
  out += ",\"duplicates\":";
  out += receipt.duplicates ? std::to_string(*receipt.duplicates) : "null";
  out += ",\"rejected\":" + std::to_string(text.decoded.rejected.size());
  out += ",\"position\":";
  out += known ? '"' + query::position_text(receipt.position, text.position_tag) + '"' : "null";
  return out;
}

std::string results_text(std::span<const EventResult> results) {
  JsonWriter json;
  json.begin_array();
  for (const auto& result : results) {
    json.begin_object().member("index", result.index);
    write_id(json, result.event_id);
    json.member("status", name_of(result.status)).end_object();
  }
  json.end_array();
  return json.take();
}

std::string faults_text(std::span<const wire::EventFault> faults) {
  JsonWriter json;
  json.begin_array();
  for (const auto& fault : faults) {
    json.begin_object().member("index", fault.index);
    write_id(json, fault.event_id);
    json.member("field", fault.field)
        .member("code", to_string(fault.code))
        .member("message", fault.message)
        .end_object();
  }
  json.end_array();
  return json.take();
}

http::Response all_rejected(const ReceiptText& text, std::span<const wire::EventFault> faults) {
  http::Problem problem{
      .status = 422,
      .code = "all_events_rejected",
      .title = "No event of the request can be accepted",
      .detail = std::string("every event has faults, which are listed in errors") +
                (text.quarantined ? "; the quarantine keeps the events" : ""),
      .members = counts(text),
      .always_errors = true};
  if (text.with_results) problem.members += ",\"results\":" + results_text(text.results);
  for (const auto& fault : faults) {
    JsonWriter members;
    members.begin_object().member("index", fault.index);
    write_id(members, fault.event_id);
    problem.errors.push_back({.field = fault.field,
                              .code = std::string(to_string(fault.code)),
                              .message = fault.message,
                              .members = members.take().substr(1)});
  }
  return problem;
}

Schema with_counts(const Schema& object) {
  return object
      .property("accepted", Schema::integer().minimum(0).describe(
                                "Events that are durable, unique and visible now"))
      .property("duplicates",
                Schema::integer().nullable().describe(
                    "Events whose id was known already; null where a queue decides later"))
      .property("rejected", Schema::integer().minimum(0).describe("Events with faults"))
      .property("position",
                Schema::string().nullable().describe(
                    "Position to wait for with ?after=; null where no event was taken or known"));
}

/// A refusal of the whole request does not have them.
Schema with_optional_receipt(const Schema& object) {
  return object.optional_property("accepted", Schema::integer().minimum(0))
      .optional_property("duplicates", Schema::integer().nullable())
      .optional_property("rejected", Schema::integer().minimum(0))
      .optional_property("position", Schema::string().nullable());
}

Schema results_schema() {
  const auto result =
      Schema::object()
          .property("index", Schema::integer().minimum(0))
          .property("event_id", Schema::string().nullable())
          .property("status", Schema::one_of_names(
                                  {"accepted", "duplicate", "conflict", "rejected", "queued"}))
          .named("EventResult");
  return Schema::array(result).describe(
      "One entry for each event; only with Prefer: return=representation");
}

}  // namespace

std::vector<EventResult> results_of(const wire::Decoded& decoded, const ingest::Receipt& receipt,
                                    const std::vector<bool>& conflicts) {
  std::vector<EventResult> results;
  results.reserve(decoded.events_count);
  assert(!receipt.duplicates || receipt.outcomes.size() == decoded.batch.rows.size());
  assert(conflicts.size() >= receipt.outcomes.size());
  assert(decoded.index.size() == decoded.batch.rows.size());
  for (std::size_t i = 0; i < decoded.batch.rows.size(); ++i) {
    auto status = EventStatus::Accepted;
    if (!receipt.duplicates) {
      status = EventStatus::Queued;
    } else if (!receipt.outcomes[i].accepted) {
      status = conflicts[i] ? EventStatus::Conflict : EventStatus::Duplicate;
    }
    results.push_back({decoded.index[i], decoded.batch.rows[i].id, status});
  }
  for (const auto& rejected : decoded.rejected) {
    assert(rejected.first_fault < decoded.faults.size());
    results.push_back(
        {rejected.index, decoded.faults[rejected.first_fault].event_id, EventStatus::Rejected});
  }
  std::ranges::sort(results, {}, &EventResult::index);
  assert(results.size() == decoded.events_count);
  return results;
}

http::Response receipt_response(const ReceiptText& text) {
  const auto& faults = text.decoded.faults;
  const auto told = std::span(faults).first(std::min(faults.size(), kFaultsToldMax));
  if (text.decoded.events_count > 0 && text.decoded.rejected.size() == text.decoded.events_count) {
    return all_rejected(text, told);
  }
  std::string body = "{" + counts(text);
  body += ",\"errors\":";
  body += told.empty() ? "[]" : faults_text(told);
  if (text.with_results) body += ",\"results\":" + results_text(text.results);
  body += '}';
  return http::Response::json(text.dry_run ? 200 : 202, std::move(body));
}

std::vector<quarantine::QuarantinedEvent> quarantined(const wire::Decoded& decoded,
                                                      base::Micros now) {
  std::vector<quarantine::QuarantinedEvent> events;
  events.reserve(decoded.rejected.size());
  for (const auto& rejected : decoded.rejected) {
    quarantine::QuarantinedEvent event{.rejected_at = now,
                                       .raw = std::string(rejected.raw),
                                       .source = "http",
                                       .project = decoded.batch.project,
                                       .faults = {}};
    for (std::uint32_t i = 0; i < rejected.fault_count; ++i) {
      assert(rejected.first_fault + i < decoded.faults.size());
      const auto& fault = decoded.faults[rejected.first_fault + i];
      event.faults.push_back({.field = fault.field,
                              .code = std::string(to_string(fault.code)),
                              .message = fault.message});
    }
    events.push_back(std::move(event));
  }
  return events;
}

Schema receipt_schema() {
  const auto fault =
      Schema::object()
          .property("index", Schema::integer().minimum(0).describe("Counts events from 0"))
          .property("event_id", Schema::string().nullable())
          .property("field", Schema::string())
          .property("code", Schema::string())
          .property("message", Schema::string())
          .named("EventFault");
  return with_counts(Schema::object())
      .property("errors", Schema::array(fault).items_max(kFaultsToldMax))
      .optional_property("results", results_schema())
      .named("Receipt");
}

Schema rejection_schema() {
  const auto fault = Schema::object()
                         .optional_property("index", Schema::integer().minimum(0))
                         .optional_property("event_id", Schema::string().nullable())
                         .property("field", Schema::string())
                         .property("code", Schema::string())
                         .property("message", Schema::string());
  return with_optional_receipt(Schema::object()
                                   .property("type", Schema::string())
                                   .property("title", Schema::string())
                                   .property("status", Schema::integer())
                                   .property("detail", Schema::string())
                                   .property("code", Schema::string())
                                   .property("request_id", Schema::string())
                                   .optional_property("errors", Schema::array(fault))
                                   .optional_property("results", results_schema()))
      .named("Rejection");
}

}  // namespace tidemark::api
