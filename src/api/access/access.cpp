#include "api/access/access.hpp"

#include <algorithm>
#include <optional>

#include "api/errors.hpp"
#include "api/scoping.hpp"
#include "event/timestamp.hpp"
#include "http/json_reader.hpp"
#include "telemetry/log.hpp"

namespace tidemark::api {

catalog::Author author_of(const http::Request& request) {
  catalog::Author author;
  author.who = request.caller.name.empty() ? "somebody (no keys yet)" : request.caller.name;
  author.from = request.peer.text();
  if (!request.caller.all_projects) author.only = project_of(request);
  return author;
}

base::Result<boost::json::object> read_members(const http::Request& request,
                                               std::initializer_list<std::string_view> allowed) {
  auto value = http::read_json(request.body.view());
  if (!value) return value.error();
  if (!value->is_object()) {
    return base::Error{base::ErrorCode::InvalidInput, "the body must be a JSON object"};
  }
  for (const auto& member : value->get_object()) {
    const std::string_view name(member.key().data(), member.key().size());
    if (std::ranges::find(allowed, name) != allowed.end()) continue;
    std::string text = "the body has the member \"" + std::string(name) + "\"; expected only";
    for (const std::string_view each : allowed) text += " " + std::string(each);
    return base::Error{base::ErrorCode::InvalidInput, text};
  }
  return std::move(value->get_object());
}

base::Result<std::string> text_member(const boost::json::object& members, std::string_view name) {
  const auto* value = members.if_contains(name);
  if (value == nullptr || value->is_null()) return std::string();
  if (!value->is_string()) {
    return base::Error{base::ErrorCode::InvalidInput, "`" + std::string(name) + "` must be a text"};
  }
  return std::string(value->get_string());
}

http::Response refuse_change(const base::Error& error) {
  if (error.code() != base::ErrorCode::InvalidInput) return to_problem(error);
  return http::Problem{.status = 422,
                       .code = "invalid_change",
                       .title = "The change cannot be made",
                       .detail = error.message()};
}

void know_change(const Service& service) {
  if (auto read = service.directory.refresh(); !read) {
    telemetry::warning("a change of the catalog is not known to this process yet",
                       {{"reason", std::string_view(read.error().message())}});
  }
}

namespace {

void write_instant(http::JsonWriter& json, std::string_view name,
                   const std::optional<base::Micros>& at) {
  json.key(name);
  at ? json.value(event::to_string(*at)) : json.null();
}

}  // namespace

void write_key(http::JsonWriter& json, const catalog::Key& key, const access::Known& known) {
  json.member("id", key.id).member("kind", catalog::name_of(key.kind)).key("project");
  const auto* project = key.project ? known.project(*key.project) : nullptr;
  project != nullptr ? json.value(project->name) : json.null();
  json.member("all_projects", !key.project).member("name", key.name).key("origins").begin_array();
  for (const std::string& origin : key.origins) json.value(origin);
  json.end_array();
  write_instant(json, "created", key.created_at);
  write_instant(json, "expires", key.expires_at);
  write_instant(json, "last_used", key.last_used_at);
  write_instant(json, "revoked", key.revoked_at);
}

}  // namespace tidemark::api
