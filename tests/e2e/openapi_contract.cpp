#include "openapi_contract.hpp"

#include <algorithm>
#include <stdexcept>

#include <boost/json/serialize.hpp>

namespace tidemark {
namespace {

using boost::json::object;
using boost::json::value;
using testing_support::RawAnswer;
using Faults = std::vector<std::string>;

bool is_text(const object& in, std::string_view name) {
  const auto* found = in.if_contains(name);
  return found != nullptr && found->is_string() && !found->get_string().empty();
}

std::string text_of(const object& in, std::string_view name) {
  return is_text(in, name) ? std::string(in.at(name).get_string()) : std::string();
}

const object& object_in(const object& in, std::string_view name) {
  static const object none;
  const auto* found = in.if_contains(name);
  return found != nullptr && found->is_object() ? found->get_object() : none;
}

std::string plain(const value& example) {
  return example.is_string() ? std::string(example.get_string()) : boost::json::serialize(example);
}

/// A value for a parameter, from its own examples; empty where it has none.
std::string example_of(const object& parameter) {
  if (const auto* example = parameter.if_contains("example")) return plain(*example);
  const auto& schema = object_in(parameter, "schema");
  if (const auto* examples = schema.if_contains("examples")) return plain(examples->at(0));
  return text_of(schema, "type") == "integer" ? "1" : "";
}

std::string media_type(std::string_view content_type) {
  return std::string(content_type.substr(0, content_type.find(';')));
}

void add(Faults& to, const std::string& place, const Faults& more) {
  for (const auto& fault : more) to.push_back(place + ": " + fault);
}

}  // namespace

std::vector<std::string> Operation::statuses() const {
  std::vector<std::string> all;
  for (const auto& member : object_in(*content, "responses")) all.emplace_back(member.key());
  return all;
}

bool Operation::documents(std::string_view status) const {
  return object_in(*content, "responses").contains(status);
}

std::string Operation::example_target() const {
  std::string target = path;
  std::string query;
  const auto* parameters = content->if_contains("parameters");
  if (parameters == nullptr) return target;
  for (const auto& each : parameters->as_array()) {
    const auto& parameter = each.as_object();
    const auto* required = parameter.if_contains("required");
    if (required == nullptr || !required->as_bool()) continue;
    const auto called = text_of(parameter, "name");
    const auto example = example_of(parameter);
    const auto marked = target.find("{" + called + "}");
    if (marked != std::string::npos) {
      target.replace(marked, called.size() + 2, example.empty() ? "none" : example);
    } else {
      query += (query.empty() ? "?" : "&") + called + "=" + example;
    }
  }
  return target + query;
}

Contract::Contract(value document) : document_(std::move(document)), schemas_(document_) {
  for (const auto& path : object_in(document_.as_object(), "paths")) {
    for (const auto& member : path.value().as_object()) {
      std::string method(member.key());
      std::ranges::transform(method, method.begin(),
                             [](unsigned char c) { return std::toupper(c); });
      operations_.push_back({.name = method + " " + std::string(path.key()),
                             .method = method,
                             .path = std::string(path.key()),
                             .content = member.value().if_object()});
    }
  }
}

const Operation& Contract::operation(std::string_view name) const {
  const auto found = std::ranges::find(operations_, name, &Operation::name);
  if (found == operations_.end()) {
    throw std::runtime_error(std::string(name) + " is not in the document");
  }
  return *found;
}

Faults Contract::faults() const {
  Faults faults;
  const auto& document = document_.as_object();
  const auto require = [&faults](bool good, const std::string& what) {
    if (!good) faults.push_back(what);
  };
  require(text_of(document, "openapi").starts_with("3.1."), "openapi must be 3.1.x");
  const auto& info = object_in(document, "info");
  require(is_text(info, "title") && is_text(info, "version"), "info needs title and version");
  require(is_text(object_in(info, "license"), "name"), "a license needs a name");
  for (const auto& server : document.at("servers").as_array()) {
    require(text_of(server.as_object(), "url") == "./", "a server must be where the document lies");
  }
  std::set<std::string> tags;
  for (const auto& tag : document.at("tags").as_array()) {
    require(tags.insert(text_of(tag.as_object(), "name")).second, "a tag is there twice");
  }
  std::set<std::string> ids;
  for (const auto& operation : operations_) {
    if (operation.content == nullptr) return {operation.name + " is not an object"};
    require(operation.path.starts_with('/'), operation.path + " must begin with a slash");
    require(ids.insert(text_of(*operation.content, "operationId")).second,
            operation.name + ": its operationId is missing or another's");
    const auto* named = operation.content->if_contains("tags");
    require(named != nullptr && tags.contains(plain(named->at(0))), operation.name + ": its tag");
    check_operation(operation, faults);
  }
  const std::string everything = boost::json::serialize(document_);
  for (const auto& schema : object_in(object_in(document, "components"), "schemas")) {
    const std::string name(schema.key());
    add(faults, name, schemas_.faults_of_schema(schema.value()));
    require(everything.find("\"#/components/schemas/" + name + "\"") != std::string::npos,
            name + " is used by nothing");
  }
  return faults;
}

void Contract::check_operation(const Operation& operation, Faults& faults) const {
  if (!is_text(*operation.content, "summary")) faults.push_back(operation.name + ": no summary");
  check_parameters(operation, faults);
  check_responses(operation, faults);
  if (const auto* body = operation.content->if_contains("requestBody")) {
    check_media(operation.name + " body", body->at("content"), faults);
  }
}

void Contract::check_parameters(const Operation& operation, Faults& faults) const {
  const auto* parameters = operation.content->if_contains("parameters");
  std::set<std::string> names;
  std::string path = operation.path;
  if (parameters != nullptr) {
    for (const auto& each : parameters->as_array()) {
      const auto& parameter = each.as_object();
      const auto name = text_of(parameter, "name");
      const auto place = text_of(parameter, "in");
      const auto where = operation.name + " " + name;
      if (!names.insert(place + " " + name).second) faults.push_back(where + ": is there twice");
      if (place != "query" && place != "path" && place != "header") {
        faults.push_back(where + ": is in " + place);
      }
      add(faults, where, schemas_.faults_of_schema(parameter.at("schema")));
      if (const auto* example = parameter.if_contains("example")) {
        add(faults, where, schemas_.faults_of(*example, parameter.at("schema")));
      }
      if (place != "path") continue;
      const auto marked = path.find("{" + name + "}");
      const auto* required = parameter.if_contains("required");
      if (marked == std::string::npos) {
        faults.push_back(where + ": is not in the path");
      } else {
        path.erase(marked, name.size() + 2);
      }
      if (required == nullptr || !required->as_bool()) faults.push_back(where + ": is required");
    }
  }
  if (path.find('{') != std::string::npos) {
    faults.push_back(operation.name + ": a part of the path is not declared");
  }
}

void Contract::check_responses(const Operation& operation, Faults& faults) const {
  bool good_one = false;
  for (const auto& member : object_in(*operation.content, "responses")) {
    const std::string status(member.key());
    const auto place = operation.name + " " + status;
    good_one = good_one || status.starts_with('2');
    const bool is_status = status == "default" || (status.size() == 3 && status >= "200");
    if (!is_status) faults.push_back(place + ": is not a status");
    const auto& response = member.value().as_object();
    if (!is_text(response, "description")) faults.push_back(place + ": no description");
    for (const auto& header : object_in(response, "headers")) {
      add(faults, place, schemas_.faults_of_schema(header.value().at("schema")));
    }
    const auto* content = response.if_contains("content");
    if (content != nullptr) check_media(place, *content, faults);
    const bool bodiless = status == "204" || status == "304";
    if ((content == nullptr) != bodiless) faults.push_back(place + ": its content");
  }
  if (!good_one) faults.push_back(operation.name + ": no answer that is good");
}

void Contract::check_media(const std::string& place, const value& content, Faults& faults) const {
  for (const auto& media : content.as_object()) {
    const auto where = place + " " + std::string(media.key());
    add(faults, where, schemas_.faults_of_schema(media.value().at("schema")));
    if (const auto* example = media.value().as_object().if_contains("example")) {
      add(faults, where, schemas_.faults_of(*example, media.value().at("schema")));
    }
  }
}

Faults Contract::faults_of(std::string_view name, const RawAnswer& answer) {
  Faults faults;
  const auto& documented = operation(name);
  std::string status = std::to_string(answer.status);
  if (!documented.documents(status)) status = "default";
  const auto place = documented.name + " " + status;
  if (!documented.documents(status)) return {place + ": the status is not documented"};
  if (status == "default" && answer.status < 400) {
    return {documented.name + " answered " + std::to_string(answer.status)};
  }
  const auto& response = object_in(object_in(*documented.content, "responses"), status);
  see_headers(place, response, answer, faults);
  see_body(place, response, answer, faults);
  return faults;
}

void Contract::see_headers(const std::string& place, const object& response,
                           const RawAnswer& answer, Faults& faults) {
  for (const auto& header : object_in(response, "headers")) {
    const std::string name(header.key());
    const auto sent = answer.header(name);
    // These two are on every answer of their kind; others only where their condition is met.
    const bool always = name == "X-Request-Id" || name == "Retry-After";
    if (!sent && always) faults.push_back(place + ": has no " + name);
    if (!sent) continue;
    seen_.insert(place + " " + name);
    const auto& schema = header.value().at("schema");
    const bool is_number = text_of(schema.as_object(), "type") == "integer";
    const value read = is_number ? value(std::stoll(*sent)) : value(*sent);
    add(faults, place + " " + name, schemas_.faults_of(read, schema));
  }
}

void Contract::see_body(const std::string& place, const object& response, const RawAnswer& answer,
                        Faults& faults) {
  const auto& content = object_in(response, "content");
  if (content.empty()) {
    seen_.insert(place);
    if (!answer.body.empty()) faults.push_back(place + ": has a body");
    return;
  }
  const auto type = media_type(answer.header("Content-Type").value_or("none"));
  const auto* media = content.if_contains(type);
  if (media == nullptr) return faults.push_back(place + ": is not documented as " + type);
  seen_.insert(place + " " + type);
  const bool is_json = type.ends_with("json") && type != "application/x-ndjson";
  const value body = is_json ? answer.json() : value(answer.body);
  add(faults, place, schemas_.faults_of(body, media->at("schema")));
}

std::set<std::string> Contract::documented() const {
  std::set<std::string> all;
  for (const auto& operation : operations_) {
    for (const auto& member : object_in(*operation.content, "responses")) {
      const auto place = operation.name + " " + std::string(member.key());
      const auto& response = member.value().as_object();
      for (const auto& header : object_in(response, "headers")) {
        all.insert(place + " " + std::string(header.key()));
      }
      const auto& content = object_in(response, "content");
      if (content.empty()) all.insert(place);
      for (const auto& media : content) all.insert(place + " " + std::string(media.key()));
    }
  }
  return all;
}

}  // namespace tidemark
