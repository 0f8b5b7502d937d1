// /audit: who changed what of projects and keys.

#include <optional>

#include "api/access/access.hpp"
#include "api/errors.hpp"
#include "api/scoping.hpp"
#include "event/timestamp.hpp"

namespace tidemark::api {
namespace {

using http::JsonWriter;
using http::Schema;

struct PageParameters {
  std::int64_t limit = 100;
  std::optional<std::uint64_t> cursor;
};

void write_entry(JsonWriter& json, const catalog::AuditEntry& entry, const access::Known& known) {
  json.begin_object()
      .member("id", entry.id)
      .member("at", event::to_string(entry.at))
      .member("who", entry.who)
      .member("from", entry.from)
      .member("what", entry.what)
      .member("on", entry.on)
      .key("project");
  const auto* project = entry.project ? known.project(*entry.project) : nullptr;
  project != nullptr ? json.value(project->name) : json.null();
  json.key("detail").raw(entry.detail).end_object();
}

http::Response list(const Service& service, const http::Request& request, const PageParameters& p) {
  const auto limit = static_cast<std::size_t>(p.limit);
  catalog::AuditRange range{.before = p.cursor, .limit = limit};
  if (!request.caller.all_projects) range.project = project_of(request);
  const auto entries = service.catalog.audit(range);
  if (!entries) return to_problem(entries.error());
  const auto known = service.directory.known();
  JsonWriter json;
  json.begin_object().key("data").begin_array();
  for (const auto& entry : *entries) write_entry(json, entry, *known);
  json.end_array().key("next_cursor");
  entries->size() == limit ? json.value(std::to_string(entries->back().id)) : json.null();
  json.end_object();
  return http::Response::json(200, json.take());
}

}  // namespace

std::vector<http::Endpoint> audit_endpoints(const Service& service) {
  using P = PageParameters;
  const auto entry = Schema::object()
                         .property("id", Schema::integer())
                         .property("at", Schema::timestamp())
                         .property("who", Schema::string().describe("\"key 3 (deploy)\""))
                         .property("from", Schema::string().describe("An address, or empty"))
                         .property("what", Schema::string().describe("\"key.revoke\""))
                         .property("on", Schema::string().describe("\"key 4 (web shop)\""))
                         .property("project", Schema::string().nullable())
                         .property("detail", Schema::object())
                         .named("AuditEntry");
  return {
      http::endpoint<P>(http::Method::Get, "/audit", http::Access::Admin)
          .id("listAudit")
          .tag("Access")
          .summary("Lists the changes of projects and keys, newest first")
          .param(http::query("limit", &P::limit).defaults_to(100).between(1, 1'000))
          .param(http::query("cursor", &P::cursor).describe("next_cursor of the previous page"))
          .answers(200, "A page",
                   Schema::object()
                       .property("data", Schema::array(entry))
                       .property("next_cursor", Schema::string().nullable())
                       .named("AuditPage"))
          .on_lane(service.lanes.receipts, [&service](const http::Request& request, const P& p) {
            return list(service, request, p);
          })};
}

}  // namespace tidemark::api
