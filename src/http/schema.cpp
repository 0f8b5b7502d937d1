#include "http/schema.hpp"

#include <cassert>

#include "base/check.hpp"

namespace tidemark::http {
namespace json = boost::json;

namespace {

json::string_view sv(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

Schema Schema::typed(std::string_view type) { return Schema{}.with("type", sv(type)); }

Schema Schema::with(std::string_view keyword, const json::value& value) const {
  Schema changed = *this;
  changed.content_.as_object()[sv(keyword)] = value;
  return changed;
}

Schema Schema::array(const Schema& items) {
  Schema schema = typed("array").with("items", items.json());
  schema.take_components(items);
  return schema;
}

Schema Schema::one_of_names(const std::vector<std::string>& names) {
  json::array all;
  for (const std::string& name : names) all.emplace_back(name);
  return string().with("enum", all);
}

Schema Schema::one_of(const std::vector<Schema>& choices) {
  json::array all;
  Schema schema;
  for (const Schema& choice : choices) {
    all.push_back(choice.json());
    schema.take_components(choice);
  }
  return schema.with("oneOf", all);
}

Schema Schema::constant(const json::value& value) { return Schema{}.with("const", value); }

Schema Schema::property(std::string_view name, const Schema& schema) const {
  return add_property(name, schema, true);
}

Schema Schema::optional_property(std::string_view name, const Schema& schema) const {
  return add_property(name, schema, false);
}

Schema Schema::add_property(std::string_view name, const Schema& schema, bool required) const {
  Schema changed = *this;
  json::object& content = changed.content_.as_object();
  if (!content.contains("properties")) content["properties"] = json::object{};
  content["properties"].as_object()[sv(name)] = schema.json();
  if (required) {
    if (!content.contains("required")) content["required"] = json::array{};
    content["required"].as_array().emplace_back(sv(name));
  }
  changed.take_components(schema);
  return changed;
}

Schema Schema::describe(std::string_view text) const { return with("description", sv(text)); }
Schema Schema::format(std::string_view name) const { return with("format", sv(name)); }
Schema Schema::pattern(std::string_view regex) const { return with("pattern", sv(regex)); }

Schema Schema::example(const json::value& value) const {
  json::array examples;
  examples.push_back(value);
  return with("examples", examples);
}

Schema Schema::default_value(const json::value& value) const { return with("default", value); }

Schema Schema::length(std::int64_t least, std::int64_t most) const {
  assert(0 <= least && least <= most);
  return with("minLength", least).with("maxLength", most);
}

Schema Schema::nullable() const {
  const json::object& content = content_.as_object();
  const json::value* type = content.if_contains("type");
  if (type != nullptr && type->is_string() && !content.contains("enum")) {
    json::array types;
    types.push_back(*type);
    types.emplace_back("null");
    return with("type", types);
  }
  return one_of({*this, null()});
}

Schema Schema::named(std::string_view name) const {
  Schema reference;
  reference.components_ = components_;
  const auto [at, added] = reference.components_.emplace(name, content_);
  TIDEMARK_CHECK(added);
  return reference.with("$ref", sv("#/components/schemas/" + std::string(name)));
}

void Schema::take_components(const Schema& other) {
  for (const auto& [name, content] : other.components_) {
    const auto [at, added] = components_.emplace(name, content);
    // Two different schemas of one name would silently describe each other.
    TIDEMARK_CHECK(added || at->second == content);
  }
}

const Schema& problem_schema() {
  static const Schema schema = [] {
    const Schema fault =
        Schema::object()
            .property("field", Schema::string().describe(
                                   "The field that is wrong; empty where the whole request is"))
            .property("code", Schema::string().describe("The kind of fault, for programs"))
            .property("message", Schema::string().describe(
                                     "What was wrong, what was expected, what was received"))
            .named("Fault");
    return Schema::object()
        .describe("A refusal (RFC 9457).")
        .property("type", Schema::string().format("uri").example("urn:tidemark:problem:not_found"))
        .property("title", Schema::string())
        .property("status", Schema::integer().minimum(400).maximum(599))
        .optional_property("detail", Schema::string())
        .property("code", Schema::string().describe(
                              "The kind of refusal, for programs; the last part of type"))
        .property("request_id", Schema::string())
        .optional_property("errors", Schema::array(fault))
        .named("Problem");
  }();
  return schema;
}

}  // namespace tidemark::http
