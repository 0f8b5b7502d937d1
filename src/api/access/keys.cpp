// /keys: who may send, ask and administer.

#include <algorithm>
#include <string>
#include <utility>

#include "access/key_text.hpp"
#include "api/access/access.hpp"
#include "api/errors.hpp"
#include "api/scoping.hpp"
#include "event/timestamp.hpp"

namespace tidemark::api {
namespace {

using base::Error;
using base::ErrorCode;
using catalog::KeyKind;
using http::JsonWriter;
using http::Schema;

struct IdParameters {
  std::uint64_t id = 0;
};

/// Whoever administers one project sees that project's keys only.
bool sees(const http::Request& request, const catalog::Key& key) {
  return request.caller.all_projects || key.project == project_of(request);
}

http::Response list(const Service& service, const http::Request& request) {
  const auto known = service.directory.known();
  JsonWriter json;
  json.begin_object().key("data").begin_array();
  for (const auto& key : known->keys()) {
    if (!sees(request, key)) continue;
    json.begin_object();
    write_key(json, key, *known);
    json.end_object();
  }
  json.end_array().end_object();
  return http::Response::json(200, json.take());
}

base::Result<KeyKind> kind_member(const boost::json::object& members) {
  const auto text = text_member(members, "kind");
  if (!text) return text.error();
  using enum KeyKind;
  for (const auto kind : {Write, Read, Admin}) {
    if (*text == catalog::name_of(kind)) return kind;
  }
  return Error{ErrorCode::InvalidInput, "`kind` must be write, read or admin"};
}

base::Result<bool> all_projects_member(const boost::json::object& members) {
  const auto* value = members.if_contains("all_projects");
  if (value == nullptr || value->is_null()) return false;
  if (!value->is_bool()) {
    return Error{ErrorCode::InvalidInput, "`all_projects` must be true or false"};
  }
  return value->get_bool();
}

base::Result<std::optional<base::Micros>> expires_member(const boost::json::object& members) {
  const auto text = text_member(members, "expires");
  if (!text) return text.error();
  if (text->empty()) return std::optional<base::Micros>();
  const auto at = event::parse_timestamp(*text);
  if (!at) {
    return Error{ErrorCode::InvalidInput,
                 "`expires` must be an instant such as 2027-01-01T00:00:00Z"};
  }
  return std::optional(at.micros);
}

base::Result<std::vector<std::string>> origins_member(const boost::json::object& members) {
  std::vector<std::string> origins;
  const auto* value = members.if_contains("origins");
  if (value == nullptr || value->is_null()) return origins;
  const Error wrong{ErrorCode::InvalidInput,
                    "`origins` must be a list of texts such as https://app.example"};
  if (!value->is_array()) return wrong;
  for (const auto& each : value->get_array()) {
    if (!each.is_string()) return wrong;
    origins.emplace_back(each.get_string());
  }
  return origins;
}

/// The project of a new key: the one that the body names, or the one that the request is about.
base::Result<std::optional<event::ProjectId>> project_member(const boost::json::object& members,
                                                             const http::Request& request,
                                                             const access::Known& known) {
  const auto everywhere = all_projects_member(members);
  if (!everywhere) return everywhere.error();
  const auto name = text_member(members, "project");
  if (!name) return name.error();
  if (*everywhere && !name->empty()) {
    return Error{ErrorCode::InvalidInput, "give either `project` or `all_projects`, not both"};
  }
  if (*everywhere) return std::optional<event::ProjectId>();
  if (name->empty()) return std::optional(project_of(request));
  const auto* project = known.project_named(*name);
  const bool visible =
      project != nullptr && (request.caller.all_projects || project->id == project_of(request));
  if (!visible) return Error{ErrorCode::NotFound, "the project \"" + *name + "\" does not exist"};
  return std::optional(project->id);
}

base::Result<catalog::NewKey> read_key(const http::Request& request, const access::Known& known) {
  const auto members =
      read_members(request, {"kind", "name", "project", "all_projects", "expires", "origins"});
  if (!members) return members.error();
  const auto kind = kind_member(*members);
  if (!kind) return kind.error();
  auto name = text_member(*members, "name");
  if (!name) return name.error();
  const auto project = project_member(*members, request, known);
  if (!project) return project.error();
  const auto expires = expires_member(*members);
  if (!expires) return expires.error();
  auto origins = origins_member(*members);
  if (!origins) return origins.error();
  return catalog::NewKey{.kind = *kind,
                         .project = *project,
                         .name = std::move(*name),
                         .origins = std::move(*origins),
                         .expires_at = *expires};
}

http::Response create(const Service& service, const http::Request& request) {
  auto wanted = read_key(request, *service.directory.known());
  if (!wanted) return refuse_change(wanted.error());
  if (!wanted->project && !request.caller.all_projects) {
    return http::problems::forbidden(
        "A key for all projects can be made only with an admin key for all projects.");
  }
  const auto made = access::make_key(wanted->kind);
  wanted->digest = made.digest;
  const auto added = service.catalog.add_key(author_of(request), *wanted);
  if (!added) return refuse_change(added.error());
  know_change(service);
  JsonWriter json;
  json.begin_object().member("key", made.text);
  write_key(json, *added, *service.directory.known());
  json.end_object();
  auto response = http::Response::json(201, json.take());
  response.header("Cache-Control", "no-store");
  return response;
}

/// Whether nobody could administer every project without this key.
bool is_last(const access::Known& known, const catalog::Key& key, base::Micros now) {
  const auto rules_all = [now](const catalog::Key& each) {
    return each.kind == KeyKind::Admin && !each.project && !each.revoked_at &&
           (!each.expires_at || *each.expires_at > now);
  };
  return rules_all(key) && std::ranges::count_if(known.keys(), rules_all) == 1;
}

http::Response revoke(const Service& service, const http::Request& request, const IdParameters& p) {
  const auto known = service.directory.known();
  const auto found = std::ranges::find(known->keys(), p.id, &catalog::Key::id);
  if (found == known->keys().end() || !sees(request, *found)) {
    return http::problems::not_found("Key " + std::to_string(p.id) +
                                     " does not exist; GET /keys lists the keys.");
  }
  if (is_last(*known, *found, service.clock.now())) {
    return http::Problem{.status = 409,
                         .code = "last_admin_key",
                         .title = "Nobody could administer the service without this key",
                         .detail =
                             "Make another admin key for all projects first; or revoke this "
                             "one with `tidemark keys revoke` on the service's machine."};
  }
  const auto revoked = service.catalog.revoke_key(author_of(request), p.id);
  if (!revoked) return refuse_change(revoked.error());
  know_change(service);
  JsonWriter json;
  json.begin_object();
  write_key(json, *revoked, *service.directory.known());
  json.end_object();
  return http::Response::json(200, json.take());
}

Schema key_schema(bool with_text) {
  auto schema = Schema::object();
  if (with_text) {
    schema = schema.property("key",
                             Schema::string().describe("The key itself, which is shown only now"));
  }
  return schema.property("id", Schema::integer())
      .property("kind", Schema::one_of_names({"write", "read", "admin"}))
      .property("project", Schema::string().nullable())
      .property("all_projects", Schema::boolean())
      .property("name", Schema::string())
      .property(
          "origins",
          Schema::array(Schema::string()).describe("The pages that may send with it; empty: any"))
      .property("created", Schema::timestamp())
      .property("expires", Schema::timestamp().nullable())
      .property("last_used", Schema::timestamp().nullable().describe("To the hour"))
      .property("revoked", Schema::timestamp().nullable())
      .named(with_text ? "MadeKey" : "Key");
}

Schema new_key_schema() {
  return Schema::object()
      .property("kind", Schema::one_of_names({"write", "read", "admin"}))
      .optional_property("name", Schema::string().nullable())
      .optional_property("project", Schema::string().nullable().describe(
                                        "Where it is missing: the project of the request"))
      .optional_property("all_projects", Schema::boolean().describe("Only for kind admin"))
      .optional_property("expires", Schema::timestamp().nullable())
      .optional_property("origins", Schema::array(Schema::string()))
      .closed()
      .named("NewKey");
}

}  // namespace

std::vector<http::Endpoint> key_endpoints(const Service& service) {
  using http::Access;
  using http::Method;
  using P = IdParameters;
  auto& lane = service.lanes.receipts;
  return {
      http::endpoint(Method::Get, "/keys", Access::Admin)
          .id("listKeys")
          .tag("Access")
          .summary("Lists the keys of the projects that the key administers")
          .answers(
              200, "The keys, revoked and expired ones too, by age",
              Schema::object().property("data", Schema::array(key_schema(false))).named("Keys"))
          .handle([&service](const http::Request& request, http::NoParameters) {
            return list(service, request);
          }),
      http::endpoint(Method::Post, "/keys", Access::Admin)
          .id("createKey")
          .tag("Access")
          .summary("Makes a key; its text is shown in this answer only")
          .description("The first key closes the service: from then on every call needs one.")
          .accepts("application/json", new_key_schema(),
                   boost::json::value{{"kind", "write"}, {"name", "web shop"}})
          .answers(201, "The key", key_schema(true))
          .refuses(404, "not_found", "The project does not exist")
          .refuses(422, "invalid_change", "A member breaks a rule; `detail` says which")
          .on_lane(lane, [&service](const http::Request& request,
                                    http::NoParameters) { return create(service, request); }),
      http::endpoint<P>(Method::Delete, "/keys/{id}", Access::Admin)
          .id("revokeKey")
          .tag("Access")
          .summary("Revokes a key: from now on it is refused, in every process within a second")
          .param(http::path("id", &P::id))
          .answers(200, "The key as it is now", key_schema(false))
          .refuses(404, "not_found", "The key does not exist")
          .refuses(409, "last_admin_key", "Nobody could administer the service without this key")
          .on_lane(lane, [&service](const http::Request& request, const P& p) {
            return revoke(service, request, p);
          })};
}

}  // namespace tidemark::api
