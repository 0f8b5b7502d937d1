#pragma once

/// JSON schemas (2020-12) of requests and answers, written beside the structs they describe.
///
///     const Schema daily = Schema::object()
///         .property("date", Schema::date().describe("Local day"))
///         .property("active_users", Schema::integer().minimum(0))
///         .named("DailyActives");              // a component; used through $ref
///     const Schema answer = Schema::array(daily);

#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

namespace tidemark::http {

/// A schema and the named components it needs. A value: every call returns the changed schema.
///
/// Threads: made at start-up; reading from several threads is safe.
class Schema {
 public:
  /// Allows anything.
  Schema() : content_(boost::json::object{}) {}

  [[nodiscard]] static Schema string() { return typed("string"); }
  [[nodiscard]] static Schema integer() { return typed("integer"); }
  [[nodiscard]] static Schema number() { return typed("number"); }
  [[nodiscard]] static Schema boolean() { return typed("boolean"); }
  [[nodiscard]] static Schema null() { return typed("null"); }
  [[nodiscard]] static Schema date() { return typed("string").format("date"); }
  [[nodiscard]] static Schema timestamp() { return typed("string").format("date-time"); }
  /// Without properties it allows any object.
  [[nodiscard]] static Schema object() { return typed("object"); }
  [[nodiscard]] static Schema array(const Schema& items);
  /// One of these strings.
  [[nodiscard]] static Schema one_of_names(const std::vector<std::string>& names);
  [[nodiscard]] static Schema one_of(const std::vector<Schema>& choices);
  [[nodiscard]] static Schema constant(const boost::json::value& value);

  /// A required property of an object.
  [[nodiscard]] Schema property(std::string_view name, const Schema& schema) const;
  [[nodiscard]] Schema optional_property(std::string_view name, const Schema& schema) const;
  /// Allows no properties except the named ones.
  [[nodiscard]] Schema closed() const { return with("additionalProperties", false); }

  [[nodiscard]] Schema describe(std::string_view text) const;
  [[nodiscard]] Schema format(std::string_view name) const;
  [[nodiscard]] Schema pattern(std::string_view regex) const;
  [[nodiscard]] Schema example(const boost::json::value& value) const;
  [[nodiscard]] Schema default_value(const boost::json::value& value) const;
  [[nodiscard]] Schema minimum(std::int64_t least) const { return with("minimum", least); }
  [[nodiscard]] Schema maximum(std::int64_t most) const { return with("maximum", most); }
  [[nodiscard]] Schema length(std::int64_t least, std::int64_t most) const;
  [[nodiscard]] Schema items_max(std::int64_t most) const { return with("maxItems", most); }
  /// Allows null too.
  [[nodiscard]] Schema nullable() const;
  /// Adds any keyword: `with("minItems", 1)`.
  [[nodiscard]] Schema with(std::string_view keyword, const boost::json::value& value) const;

  /// Makes this a component with that name and returns a reference to it.
  [[nodiscard]] Schema named(std::string_view name) const;

  [[nodiscard]] const boost::json::value& json() const noexcept { return content_; }
  [[nodiscard]] const std::map<std::string, boost::json::value>& components() const noexcept {
    return components_;
  }

 private:
  [[nodiscard]] static Schema typed(std::string_view type);
  [[nodiscard]] Schema add_property(std::string_view name, const Schema& schema,
                                    bool required) const;
  void take_components(const Schema& other);

  boost::json::value content_;
  std::map<std::string, boost::json::value> components_;
};

/// The schema of every refusal (see problem.hpp), named "Problem".
[[nodiscard]] const Schema& problem_schema();

}  // namespace tidemark::http
