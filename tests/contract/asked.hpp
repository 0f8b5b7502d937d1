#pragma once

/// A question in the words of the contract's section 2, before any engine has seen it.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "query/question.hpp"

namespace tidemark::contract {

/// One `segment`: FIELD OP VALUE.
struct AskedSegment {
  std::string field;              ///< "event_type", "user_id" or "properties"
  std::vector<std::string> path;  ///< of a property
  std::string op;                 ///< "=", "!=", "<", "<=", ">", ">=", "~", "in" or "exists"
  std::vector<std::string> values;

  [[nodiscard]] std::string text() const;
};

struct Asked {
  std::string what;  ///< a name of a question: "dau", "retention"
  std::string tz = "UTC";
  std::vector<AskedSegment> segments = {};
  std::map<std::string, std::string> fields = {};  ///< as a client would write them

  /// Of a field that holds a day: days since 1970-01-01. It must be there.
  [[nodiscard]] std::int32_t day(const std::string& field) const;
  [[nodiscard]] std::int32_t number(const std::string& field, std::int32_t otherwise) const;
  [[nodiscard]] std::string word(const std::string& field, const std::string& otherwise) const;

  /// As a client would ask: for messages, and to ask the real service by hand.
  [[nodiscard]] std::string text() const;
  /// Whether the contract lets the engine `rollup` decline.
  [[nodiscard]] bool beyond_rollup() const;
  /// For the engines. The zone, the segments and the fields must be ones that exist.
  [[nodiscard]] query::Question question() const;
};

/// "2025-08-01"
std::string date_text(std::int32_t day);
/// The first day of the month of `day`, `months` later.
std::int32_t month_begin(std::int32_t day, std::int32_t months);

}  // namespace tidemark::contract
