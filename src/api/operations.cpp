#include "api/operations.hpp"

#include "api/api.hpp"
#include "http/endpoint.hpp"
#include "http/json_writer.hpp"
#include "version.hpp"

namespace tidemark::api {
namespace {

using http::JsonWriter;
using http::Schema;

http::Response health() { return http::Response::json(200, R"({"status":"ok"})"); }

/// Where files lie is the operator's business; which of them it is helps everybody.
std::string without_folder(std::string text, const std::string& folder) {
  if (folder.empty()) return text;
  for (auto at = text.find(folder); at != std::string::npos; at = text.find(folder, at)) {
    text.erase(at, folder.size());
    if (at < text.size() && text[at] == '/') text.erase(at, 1);
  }
  return text;
}

http::Response ready(const Operations& operations) {
  bool all = true;
  JsonWriter checks;
  checks.begin_object();
  for (const auto& check : operations.readiness()) {
    all = all && check.status;
    auto text = check.status ? "ok" + (check.note.empty() ? "" : "; " + check.note)
                             : check.status.error().message();
    checks.member(check.name, without_folder(std::move(text), operations.data_dir));
  }
  checks.end_object();
  JsonWriter json;
  json.begin_object()
      .member("status", all ? "ok" : "unavailable")
      .key("checks")
      .raw(checks.text())
      .end_object();
  auto response = http::Response::json(all ? 200 : 503, json.take());
  if (!all) response.header("Retry-After", "5");
  return response;
}

http::Response version_response(const Operations& operations) {
  JsonWriter json;
  json.begin_object()
      .member("status", "ok")
      .member("name", "tidemark")
      .member("version", kVersion)
      .member("profile", operations.profile)
      .end_object();
  return http::Response::json(200, json.take());
}

Schema status_schema() {
  return Schema::object()
      .property("status", Schema::one_of_names({"ok", "unavailable"}))
      .optional_property("checks", Schema::object().with("additionalProperties",
                                                         boost::json::object{{"type", "string"}}))
      .named("Status");
}

}  // namespace

std::string_view version() { return kVersion; }

std::vector<http::Endpoint> operations_endpoints(const Operations& operations) {
  const auto get = [](std::string_view path, std::string_view id, std::string_view summary,
                      http::Access access = http::Access::Anyone) {
    auto builder = http::endpoint(http::Method::Get, path, access);
    builder.id(id).tag("Operations").summary(summary).not_rate_limited();
    return builder;
  };
  return {
      get("/healthz", "health", "Tells whether the process lives")
          .answers(200, "The process lives", status_schema())
          .handle([](const http::Request&) { return health(); }),
      get("/readyz", "readiness", "Tells whether the service can take events and answer questions")
          .answers(200, "The service can do both", status_schema())
          .answers(503, "The service cannot; `checks` says why", status_schema())
          .handle([&operations](const http::Request&) { return ready(operations); }),
      get("/version", "version", "Names the program and its version")
          .answers(200, "Name and version of the program",
                   Schema::object()
                       .property("status", Schema::string())
                       .property("name", Schema::string())
                       .property("version", Schema::string())
                       .property("profile", Schema::string())
                       .named("Version"))
          .handle([&operations](const http::Request&) { return version_response(operations); }),
      get("/metrics", "metrics", "Metrics of the process, in the format of Prometheus",
          http::Access::Admin)
          .answers(200, "Text format 0.0.4", Schema::string(), std::nullopt, "text/plain")
          .handle([&operations](const http::Request&) {
            return http::Response::text(200, operations.metrics.render(),
                                        "text/plain; version=0.0.4; charset=utf-8");
          }),
  };
}

}  // namespace tidemark::api
