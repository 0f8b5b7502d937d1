#pragma once

/// Whether a JSON value is as a JSON Schema (2020-12) says, for the keywords that our document
/// uses.

#include <string>
#include <vector>

#include <boost/json/value.hpp>

namespace tidemark::testing_support {

/// Lifetime: keeps a reference to `document`, in which `$ref` is looked up.
class SchemaChecker {
 public:
  explicit SchemaChecker(const boost::json::value& document) : document_(document) {}

  /// What is wrong with the value, each with its place; empty: nothing.
  [[nodiscard]] std::vector<std::string> faults_of(const boost::json::value& value,
                                                   const boost::json::value& schema) const;
  /// What is wrong with the schema itself: an unknown keyword, one of a wrong form, a reference to
  /// nothing. Here no keyword is passed over in silence.
  [[nodiscard]] std::vector<std::string> faults_of_schema(const boost::json::value& schema) const;
  /// What `#/components/…` names; null where there is nothing.
  [[nodiscard]] const boost::json::value* find(std::string_view reference) const;

 private:
  const boost::json::value& document_;
};

}  // namespace tidemark::testing_support
