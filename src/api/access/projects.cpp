// /projects: what data is kept apart.

#include <string>
#include <utility>

#include "access/gatekeeper.hpp"
#include "api/access/access.hpp"
#include "api/errors.hpp"
#include "api/scoping.hpp"
#include "event/timestamp.hpp"

namespace tidemark::api {
namespace {

using http::JsonWriter;
using http::Schema;

struct NameParameters {
  std::string name;
};

void write_project(JsonWriter& json, const catalog::Project& project) {
  json.begin_object().member("name", project.name).member("title", project.title).key("timezone");
  project.timezone.empty() ? json.null() : json.value(project.timezone);
  json.member("created", event::to_string(project.created_at)).end_object();
}

http::Response project_response(int status, const catalog::Project& project) {
  JsonWriter json;
  write_project(json, project);
  return http::Response::json(status, json.take());
}

/// Whoever administers one project sees that one only.
bool sees(const http::Request& request, const catalog::Project& project) {
  return request.caller.all_projects || project_of(request) == project.id;
}

http::Response list(const Service& service, const http::Request& request) {
  const auto known = service.directory.known();
  JsonWriter json;
  json.begin_object().key("data").begin_array();
  for (const auto& project : known->projects()) {
    if (sees(request, project)) write_project(json, project);
  }
  json.end_array().end_object();
  return http::Response::json(200, json.take());
}

http::Response show(const Service& service, const http::Request& request, const NameParameters& p) {
  const auto known = service.directory.known();
  const auto* project = known->project_named(p.name);
  if (project == nullptr || !sees(request, *project)) return access::no_such_project(p.name);
  return project_response(200, *project);
}

base::Result<catalog::ProjectChange> read_change(const boost::json::object& members) {
  catalog::ProjectChange change;
  if (members.contains("title")) {
    auto title = text_member(members, "title");
    if (!title) return title.error();
    change.title = std::move(*title);
  }
  if (members.contains("timezone")) {
    auto zone = text_member(members, "timezone");
    if (!zone) return zone.error();
    change.timezone = std::move(*zone);
  }
  return change;
}

http::Response create(const Service& service, const http::Request& request) {
  const auto members = read_members(request, {"name", "title", "timezone"});
  if (!members) return refuse_change(members.error());
  const auto name = text_member(*members, "name");
  if (!name) return refuse_change(name.error());
  const auto settings = read_change(*members);
  if (!settings) return refuse_change(settings.error());
  const auto made = service.catalog.create_project(author_of(request), *name, *settings);
  if (!made) return refuse_change(made.error());
  know_change(service);
  return project_response(201, *made);
}

http::Response change(const Service& service, const http::Request& request,
                      const NameParameters& p) {
  const auto known = service.directory.known();
  const auto* project = known->project_named(p.name);
  if (project == nullptr || !sees(request, *project)) return access::no_such_project(p.name);
  const auto members = read_members(request, {"title", "timezone"});
  if (!members) return refuse_change(members.error());
  const auto wanted = read_change(*members);
  if (!wanted) return refuse_change(wanted.error());
  const auto changed = service.catalog.change_project(author_of(request), p.name, *wanted);
  if (!changed) return refuse_change(changed.error());
  know_change(service);
  return project_response(200, *changed);
}

Schema project_schema() {
  return Schema::object()
      .property("name", Schema::string().describe("1 to 64 of a-z, 0-9 and -, first a letter"))
      .property("title", Schema::string().describe("For people"))
      .property("timezone", Schema::string().nullable().describe(
                                "IANA zone of the days where a question names none; null: that of "
                                "the service"))
      .property("created", Schema::timestamp())
      .named("Project");
}

Schema settings_schema(bool with_name) {
  auto schema = Schema::object();
  if (with_name) schema = schema.property("name", Schema::string().length(1, 64));
  return schema.optional_property("title", Schema::string().nullable())
      .optional_property("timezone", Schema::string().nullable())
      .closed()
      .named(with_name ? "NewProject" : "ProjectChange");
}

}  // namespace

std::vector<http::Endpoint> project_endpoints(const Service& service) {
  using http::Access;
  using http::Method;
  using P = NameParameters;
  auto& lane = service.lanes.receipts;
  return {
      http::endpoint(Method::Get, "/projects", Access::Admin)
          .id("listProjects")
          .tag("Access")
          .summary("Lists the projects that the key administers")
          .answers(
              200, "The projects, by age",
              Schema::object().property("data", Schema::array(project_schema())).named("Projects"))
          .handle([&service](const http::Request& request, http::NoParameters) {
            return list(service, request);
          }),
      http::endpoint(Method::Post, "/projects", Access::AdminOfAll)
          .id("createProject")
          .tag("Access")
          .summary("Makes a project: data apart from that of all others")
          .accepts("application/json", settings_schema(/*with_name=*/true),
                   boost::json::value{{"name", "web"}, {"title", "The web shop"}})
          .answers(201, "The project", project_schema())
          .refuses(409, "conflict", "There is a project with this name")
          .refuses(422, "invalid_change", "A member breaks a rule; `detail` says which")
          .on_lane(lane, [&service](const http::Request& request,
                                    http::NoParameters) { return create(service, request); }),
      http::endpoint<P>(Method::Get, "/projects/{name}", Access::Admin)
          .id("getProject")
          .tag("Access")
          .summary("Returns one project")
          .param(http::path("name", &P::name))
          .answers(200, "The project", project_schema())
          .refuses(404, "project_not_found", "The project does not exist")
          .handle([&service](const http::Request& request, const P& p) {
            return show(service, request, p);
          }),
      http::endpoint<P>(Method::Patch, "/projects/{name}", Access::Admin)
          .id("changeProject")
          .tag("Access")
          .summary("Changes settings of a project; what is not sent stays")
          .param(http::path("name", &P::name))
          .accepts("application/json", settings_schema(/*with_name=*/false),
                   boost::json::value{{"timezone", "Europe/Kyiv"}})
          .answers(200, "The project as it is now", project_schema())
          .refuses(404, "project_not_found", "The project does not exist")
          .refuses(422, "invalid_change", "A member breaks a rule; `detail` says which")
          .on_lane(lane, [&service](const http::Request& request, const P& p) {
            return change(service, request, p);
          })};
}

}  // namespace tidemark::api
