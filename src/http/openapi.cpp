#include "http/openapi.hpp"

#include <algorithm>
#include <map>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace tidemark::http {
namespace json = boost::json;

namespace {

constexpr int kAnyOtherStatus = 0;  // "default" in the document

using Components = std::map<std::string, json::value>;

void collect(const Schema& schema, Components& components) {
  for (const auto& [name, content] : schema.components()) components.emplace(name, content);
}

std::string_view place_name(ParameterPlace place) {
  switch (place) {
    case ParameterPlace::Path:
      return "path";
    case ParameterPlace::Header:
      return "header";
    case ParameterPlace::Query:
    case ParameterPlace::QueryFamily:
      break;
  }
  return "query";
}

json::object parameter_json(const ParameterDoc& doc, Components& components) {
  collect(doc.schema, components);
  json::object parameter;
  const bool family = doc.place == ParameterPlace::QueryFamily;
  parameter["name"] = family ? doc.name + "KEY" : doc.name;
  parameter["in"] = std::string(place_name(doc.place));
  std::string description = doc.description;
  if (family) {
    description +=
        (description.empty() ? "" : " ") +
        ("KEY stands for any name, for example `" + doc.name + "plan=pro`. Several may be given.");
  }
  for (const std::string& alias : doc.aliases) {
    description += (description.empty() ? "" : " ") + ("Also written `" + alias + "`.");
  }
  if (!description.empty()) parameter["description"] = description;
  if (doc.required) parameter["required"] = true;
  if (doc.repeats) {
    parameter["schema"] = Schema::array(doc.schema).json();
    parameter["style"] = "form";
    parameter["explode"] = true;
  } else {
    parameter["schema"] = doc.schema.json();
  }
  if (doc.example) {
    if (doc.repeats && !doc.example->is_array()) {
      parameter["example"] = json::array{*doc.example};
    } else {
      parameter["example"] = *doc.example;
    }
  }
  return parameter;
}

json::object media_json(const Schema& schema, const std::optional<json::value>& example,
                        Components& components) {
  collect(schema, components);
  json::object media;
  media["schema"] = schema.json();
  if (example) media["example"] = *example;
  return media;
}

json::object body_json(const BodyDoc& doc, Components& components) {
  json::object content;
  for (const MediaDoc& media : doc.media) {
    content[media.content_type] = media_json(media.schema, media.example, components);
  }
  json::object body;
  std::string description = doc.description;
  if (!doc.encodings.empty()) {
    description += description.empty() ? "Content-Encoding: " : " Content-Encoding: ";
    for (std::size_t i = 0; i < doc.encodings.size(); ++i) {
      description += (i == 0 ? "" : ", ") + doc.encodings[i];
    }
    description += ".";
  }
  if (!description.empty()) body["description"] = description;
  body["content"] = std::move(content);
  body["required"] = doc.required;
  return body;
}

AnswerDoc refusal(int status, std::string_view code, std::string_view description,
                  std::vector<HeaderDoc> headers = {}) {
  return {.status = status,
          .code = std::string(code),
          .description = std::string(description),
          .content_type = std::string(kProblemJson),
          .schema = problem_schema(),
          .example = std::nullopt,
          .headers = std::move(headers)};
}

/// What the endpoint declares, and what the server answers by itself.
std::vector<AnswerDoc> all_answers(const Endpoint& endpoint) {
  const EndpointDoc& doc = endpoint.doc;
  const HeaderDoc retry{"Retry-After", "Whole seconds to wait before the next attempt",
                        Schema::integer().minimum(1)};
  std::vector<AnswerDoc> answers = doc.answers;
  answers.push_back(refusal(400, "malformed_request", "The request cannot be read"));
  answers.push_back(refusal(408, "request_timeout", "The request took too long to arrive"));
  if (!doc.body.media.empty()) {
    answers.push_back(refusal(413, "body_too_large", "The body is too large"));
    answers.push_back(refusal(415, "unsupported_media_type",
                              "The body is of a type that this endpoint does not accept"));
  }
  // Where there are no parameters, any that is sent is an unknown one.
  answers.push_back(refusal(422, "invalid_parameters", "Parameters are missing, unknown or wrong"));
  if (doc.access != Access::Anyone) {
    answers.push_back(refusal(401, "key_required", "A key is missing, unknown, revoked or expired",
                              {{"WWW-Authenticate", "`Bearer realm=\"tidemark\"`"}}));
    answers.push_back(refusal(403, "forbidden", "The key may not do this in this project"));
  }
  answers.push_back(
      refusal(421, "host_not_allowed", "The service does not answer under this host name"));
  if (doc.rate_limited) {
    answers.push_back(
        refusal(429, "rate_limited", "Too many requests",
                {retry,
                 {"RateLimit-Policy", "The limit, such as `\"address\";q=200;w=2`"},
                 {"RateLimit", "What is left of the limit, such as `\"address\";r=0;t=2`"}}));
  }
  answers.push_back(refusal(503, "overloaded", "The service is busy; try again later", {retry}));
  answers.push_back(
      refusal(kAnyOtherStatus, "",
              "Any other refusal: a path, method, head or expectation that is not "
              "known (404, 405, 414, 417, 431, 501), or a failure of the service (500)"));
  return answers;
}

json::object headers_json(const AnswerDoc& answer, Components& components) {
  json::object headers;
  headers["X-Request-Id"] =
      json::object{{"description", "Identifies this request in logs and problem documents"},
                   {"schema", Schema::string().json()}};
  for (const HeaderDoc& header : answer.headers) {
    collect(header.schema, components);
    headers[header.name] =
        json::object{{"description", header.description}, {"schema", header.schema.json()}};
  }
  return headers;
}

/// One answer may be declared several times for one status: its forms are put together.
json::object answers_json(const std::vector<AnswerDoc>& answers, Components& components) {
  std::map<std::string, json::object> by_status;
  std::map<std::string, std::map<std::string, std::vector<Schema>>> schemas;
  for (const AnswerDoc& answer : answers) {
    const std::string status =
        answer.status == kAnyOtherStatus ? "default" : std::to_string(answer.status);
    json::object& entry = by_status[status];
    const std::string told =
        answer.code.empty() ? answer.description : "`" + answer.code + "`: " + answer.description;
    if (!entry.contains("description")) {
      entry["description"] = told;
    } else if (entry["description"].as_string().find(told) == json::string::npos) {
      entry["description"] = std::string(entry["description"].as_string()) + "; " + told;
    }
    json::object headers = headers_json(answer, components);
    if (!entry.contains("headers")) entry["headers"] = json::object{};
    for (auto& header : headers) entry["headers"].as_object()[header.key()] = header.value();
    if (answer.content_type.empty()) continue;
    if (!entry.contains("content")) entry["content"] = json::object{};
    json::object& content = entry["content"].as_object();
    auto& alike = schemas[status][answer.content_type];
    const bool known = std::any_of(alike.begin(), alike.end(), [&](const Schema& schema) {
      return schema.json() == answer.schema.json();
    });
    if (known) continue;
    alike.push_back(answer.schema);
    if (alike.size() == 1) {
      content[answer.content_type] = media_json(answer.schema, answer.example, components);
      continue;
    }
    json::array choices;
    for (const Schema& schema : alike) choices.push_back(schema.json());
    collect(answer.schema, components);
    content[answer.content_type].as_object()["schema"] = json::object{{"anyOf", choices}};
  }
  json::object all;
  for (auto& [status, entry] : by_status) all[status] = std::move(entry);
  return all;
}

/// The ways in which a key travels; see `security_schemes`.
json::array security_json(Access access) {
  json::array ways;
  if (access == Access::Anyone) return ways;
  for (const char* way : {"bearer", "header", "basic"}) {
    ways.push_back(json::object{{way, json::array{}}});
  }
  if (access == Access::Write || access == Access::Read) {
    ways.push_back(json::object{{"query", json::array{}}});
  }
  return ways;
}

json::object security_schemes() {
  return {
      {"bearer", {{"type", "http"}, {"scheme", "bearer"}, {"description", "The key as a token"}}},
      {"header", {{"type", "apiKey"}, {"in", "header"}, {"name", "X-API-Key"}}},
      {"basic",
       {{"type", "http"},
        {"scheme", "basic"},
        {"description", "The key as the user name; the password is not looked at"}}},
      {"query",
       {{"type", "apiKey"},
        {"in", "query"},
        {"name", "key"},
        {"description",
         "Only write and read keys, and only where a browser can send no header: addresses are "
         "kept in many places"}}}};
}

/// What the gate reads of every request that needs a key.
json::object project_parameter() {
  return {{"name", "project"},
          {"in", "query"},
          {"description",
           "The name of the project. A key names its project by itself; a key for all projects "
           "says here, or in the header `X-Tidemark-Project`, which one is meant. `default` if it "
           "says nothing."},
          {"schema", Schema::string().json()}};
}

void add_access(json::object& operation, Access access) {
  operation["security"] = security_json(access);
  json::array kinds;
  for (const std::string_view kind : keys_that_may(access)) kinds.push_back(json::string(kind));
  operation["x-tidemark-keys"] = std::move(kinds);
}

json::object operation_json(const Endpoint& endpoint, Components& components) {
  const EndpointDoc& doc = endpoint.doc;
  json::object operation;
  operation["operationId"] = doc.id;
  if (!doc.tag.empty()) operation["tags"] = json::array{doc.tag};
  if (!doc.summary.empty()) operation["summary"] = doc.summary;
  if (!doc.description.empty()) operation["description"] = doc.description;
  json::array parameters;
  for (const BoundParameter& parameter : endpoint.parameters.all()) {
    parameters.push_back(parameter_json(parameter.doc, components));
  }
  for (const HeaderDoc& header : doc.request_headers) {
    parameters.push_back(json::object{{"name", header.name},
                                      {"in", "header"},
                                      {"description", header.description},
                                      {"schema", header.schema.json()}});
  }
  if (doc.access != Access::Anyone) parameters.push_back(project_parameter());
  if (!parameters.empty()) operation["parameters"] = std::move(parameters);
  add_access(operation, doc.access);
  if (!doc.body.media.empty()) operation["requestBody"] = body_json(doc.body, components);
  operation["responses"] = answers_json(all_answers(endpoint), components);
  return operation;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

json::object info_json(const OpenApiInfo& info) {
  json::object out{{"title", info.title}, {"version", info.version}};
  if (!info.description.empty()) out["description"] = info.description;
  out["license"] = json::object{{"name", info.license}, {"identifier", info.license}};
  return out;
}

}  // namespace

std::string openapi_document(const OpenApiInfo& info, const std::vector<Endpoint>& endpoints) {
  Components components;
  json::object paths;
  for (const Endpoint& endpoint : endpoints) {
    if (!endpoint.doc.documented) continue;
    json::value& path = paths[endpoint.doc.path];
    if (!path.is_object()) path = json::object{};
    path.as_object()[lower(name_of(endpoint.doc.method))] = operation_json(endpoint, components);
  }
  json::array servers;
  for (const std::string& url : info.servers) servers.push_back(json::object{{"url", url}});
  json::array tags;
  for (const TagDoc& tag : info.tags) {
    tags.push_back(json::object{{"name", tag.name}, {"description", tag.description}});
  }
  json::object schemas;
  for (auto& [name, content] : components) schemas[name] = content;

  json::object document;
  document["openapi"] = "3.1.0";
  document["info"] = info_json(info);
  document["servers"] = std::move(servers);
  document["tags"] = std::move(tags);
  document["paths"] = std::move(paths);
  document["components"] =
      json::object{{"schemas", std::move(schemas)}, {"securitySchemes", security_schemes()}};
  return json::serialize(document);
}

}  // namespace tidemark::http
