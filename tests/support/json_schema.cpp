#include "support/json_schema.hpp"

#include <algorithm>
#include <map>
#include <regex>

#include <boost/json/serialize.hpp>

namespace tidemark::testing_support {
namespace {

using boost::json::object;
using boost::json::value;
using Faults = std::vector<std::string>;

bool has_type(const value& checked, std::string_view type) {
  if (type == "object") return checked.is_object();
  if (type == "array") return checked.is_array();
  if (type == "string") return checked.is_string();
  if (type == "boolean") return checked.is_bool();
  if (type == "null") return checked.is_null();
  if (type == "integer") return checked.is_int64() || checked.is_uint64();
  return type == "number" && checked.is_number();
}

/// In characters, as the specification counts.
std::int64_t length_of(std::string_view text) {
  return std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
}

bool has_format(const std::string& text, std::string_view format) {
  static const std::map<std::string, std::regex, std::less<>> patterns = {
      {"date", std::regex(R"(\d{4}-[01]\d-[0-3]\d)")},
      {"date-time",
       std::regex(R"(\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d))")},
      {"uri", std::regex(R"([a-z][a-z0-9+.-]*:\S+)")}};
  const auto found = patterns.find(format);
  return found != patterns.end() && std::regex_match(text, found->second);
}

/// One value against one schema, with everything that is below them.
class Check {
 public:
  explicit Check(const SchemaChecker& checker) : checker_(checker) {}

  Faults run(const value& checked, const value& schema, const std::string& place) {
    faults_.clear();
    check(checked, schema, place);
    return std::move(faults_);
  }

 private:
  void fail(const std::string& place, const std::string& what, const value& checked) {
    faults_.push_back(place + ": " + what + ", received " +
                      boost::json::serialize(checked).substr(0, 200));
  }

  void check(const value& checked, const value& schema, const std::string& place) {
    const auto& keywords = schema.as_object();
    if (const auto* reference = keywords.if_contains("$ref")) {
      check(checked, *checker_.find(reference->as_string()), place);
    }
    if (const auto* type = keywords.if_contains("type")) check_type(checked, *type, place);
    if (checked.is_object()) check_object(checked.get_object(), keywords, place);
    if (checked.is_array()) check_array(checked, keywords, place);
    if (checked.is_string()) check_text(checked, keywords, place);
    if (checked.is_number()) check_number(checked, keywords, place);
    check_choices(checked, keywords, place);
  }

  void check_type(const value& checked, const value& type, const std::string& place) {
    bool fits = type.is_string() && has_type(checked, type.get_string());
    if (type.is_array()) {
      for (const auto& one : type.get_array()) fits = fits || has_type(checked, one.as_string());
    }
    if (!fits) fail(place, "must be of type " + boost::json::serialize(type), checked);
  }

  void check_object(const object& checked, const object& keywords, const std::string& place) {
    if (const auto* required = keywords.if_contains("required")) {
      for (const auto& name : required->as_array()) {
        if (!checked.contains(name.as_string())) {
          fail(place, "must have " + std::string(name.as_string()), checked);
        }
      }
    }
    const auto* properties = keywords.if_contains("properties");
    const auto* others = keywords.if_contains("additionalProperties");
    for (const auto& member : checked) {
      const auto* known =
          properties == nullptr ? nullptr : properties->as_object().if_contains(member.key());
      const auto within = place + "/" + std::string(member.key());
      if (known != nullptr) {
        check(member.value(), *known, within);
      } else if (others != nullptr && others->is_object()) {
        check(member.value(), *others, within);
      } else if (others != nullptr && !others->as_bool()) {
        fail(within, "is not a known property", member.value());
      }
    }
  }

  void check_array(const value& checked, const object& keywords, const std::string& place) {
    const auto& items = checked.get_array();
    if (const auto* most = keywords.if_contains("maxItems")) {
      if (std::ssize(items) > most->as_int64()) fail(place, "has too many items", checked);
    }
    const auto* each = keywords.if_contains("items");
    if (each == nullptr) return;
    for (std::size_t i = 0; i < items.size(); ++i) {
      check(items[i], *each, place + "/" + std::to_string(i));
    }
  }

  void check_text(const value& checked, const object& keywords, const std::string& place) {
    const std::string text(checked.get_string());
    if (const auto* least = keywords.if_contains("minLength")) {
      if (length_of(text) < least->as_int64()) fail(place, "is too short", checked);
    }
    if (const auto* most = keywords.if_contains("maxLength")) {
      if (length_of(text) > most->as_int64()) fail(place, "is too long", checked);
    }
    if (const auto* format = keywords.if_contains("format")) {
      if (!has_format(text, format->as_string())) {
        fail(place, "must be a " + std::string(format->as_string()), checked);
      }
    }
  }

  void check_number(const value& checked, const object& keywords, const std::string& place) {
    const auto number = checked.to_number<double>();
    if (const auto* least = keywords.if_contains("minimum")) {
      if (number < least->to_number<double>()) fail(place, "is too small", checked);
    }
    if (const auto* most = keywords.if_contains("maximum")) {
      if (number > most->to_number<double>()) fail(place, "is too large", checked);
    }
  }

  void check_choices(const value& checked, const object& keywords, const std::string& place) {
    if (const auto* names = keywords.if_contains("enum")) {
      if (std::ranges::find(names->as_array(), checked) == names->as_array().end()) {
        fail(place, "must be one of " + boost::json::serialize(*names), checked);
      }
    }
    for (const std::string_view keyword : {"oneOf", "anyOf"}) {
      const auto* choices = keywords.if_contains(keyword);
      if (choices == nullptr) continue;
      std::size_t fitting = 0;
      std::string why;
      for (const auto& choice : choices->as_array()) {
        const auto faults = Check(checker_).run(checked, choice, place);
        fitting += faults.empty() ? 1 : 0;
        for (const auto& fault : faults) why += "\n  " + fault;
      }
      const bool good = keyword == "anyOf" ? fitting >= 1 : fitting == 1;
      if (good) continue;
      fail(place, "fits " + std::to_string(fitting) + " of " + std::string(keyword) + why, checked);
    }
  }

  const SchemaChecker& checker_;
  Faults faults_;
};

/// What a keyword's own value must be.
enum class Form {
  Any,
  Text,
  Texts,
  TextOrTexts,
  Count,
  Number,
  Schema,
  Schemas,
  NamedSchemas,
  SchemaOrBool,
  List
};

bool has_form(const value& given, Form form) {
  const auto texts = [&] {
    return given.is_array() && std::ranges::all_of(given.get_array(), &value::is_string);
  };
  switch (form) {
    case Form::Any:
      return true;
    case Form::Text:
      return given.is_string();
    case Form::Texts:
      return texts();
    case Form::TextOrTexts:
      return given.is_string() || texts();
    case Form::Count:
      return given.is_int64() && given.get_int64() >= 0;
    case Form::Number:
      return given.is_number();
    case Form::Schema:
    case Form::NamedSchemas:
      return given.is_object();
    case Form::SchemaOrBool:
      return given.is_object() || given.is_bool();
    case Form::Schemas:
    case Form::List:
      return given.is_array() && !given.get_array().empty();
  }
  return false;
}

const std::map<std::string, Form, std::less<>>& keyword_forms() {
  static const std::map<std::string, Form, std::less<>> forms = {
      {"$ref", Form::Text},
      {"type", Form::TextOrTexts},
      {"properties", Form::NamedSchemas},
      {"required", Form::Texts},
      {"additionalProperties", Form::SchemaOrBool},
      {"items", Form::Schema},
      {"maxItems", Form::Count},
      {"minLength", Form::Count},
      {"maxLength", Form::Count},
      {"minimum", Form::Number},
      {"maximum", Form::Number},
      {"enum", Form::List},
      {"format", Form::Text},
      {"oneOf", Form::Schemas},
      {"anyOf", Form::Schemas},
      {"description", Form::Text},
      {"default", Form::Any},
      {"examples", Form::List}};
  return forms;
}

}  // namespace

Faults SchemaChecker::faults_of(const value& checked, const value& schema) const {
  return Check(*this).run(checked, schema, "");
}

const value* SchemaChecker::find(std::string_view reference) const {
  if (!reference.starts_with('#')) return nullptr;
  boost::system::error_code absent;
  return document_.find_pointer(reference.substr(1), absent);
}

Faults SchemaChecker::faults_of_schema(const value& schema) const {
  Faults faults;
  const auto add_all = [&faults](Faults more) {
    faults.insert(faults.end(), more.begin(), more.end());
  };
  if (!schema.is_object()) return {"is not a schema: " + boost::json::serialize(schema)};
  for (const auto& member : schema.get_object()) {
    const std::string keyword(member.key());
    const auto& given = member.value();
    const auto known = keyword_forms().find(keyword);
    if (known == keyword_forms().end() || !has_form(given, known->second)) {
      faults.push_back("keyword " + keyword + ": " + boost::json::serialize(given));
      continue;
    }
    if (keyword == "$ref" && find(given.get_string()) == nullptr) {
      faults.push_back("a reference to nothing: " + boost::json::serialize(given));
    }
    if (given.is_object() && known->second == Form::NamedSchemas) {
      for (const auto& property : given.get_object()) add_all(faults_of_schema(property.value()));
    } else if (given.is_object() && known->second != Form::Any) {
      add_all(faults_of_schema(given));
    }
    if (known->second == Form::Schemas) {
      for (const auto& choice : given.get_array()) add_all(faults_of_schema(choice));
    }
    if (keyword == "examples") {
      for (const auto& example : given.get_array()) add_all(faults_of(example, schema));
    }
    if (keyword == "default") add_all(faults_of(given, schema));
  }
  return faults;
}

}  // namespace tidemark::testing_support
