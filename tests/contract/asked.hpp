#pragma once

/// A question in the words of the contract's section 2, before any engine has seen it.

#include <cstdint>
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

/// Days are counted from 1970-01-01.
struct Asked {
  std::string what;  ///< "dau", "wau", "mau", "top-events" or "retention"
  std::string tz = "UTC";
  std::vector<AskedSegment> segments = {};
  std::int32_t from = 0;  ///< or start_date
  std::int32_t to = 0;
  std::int64_t limit = 10;
  std::string period = "day";
  std::string cohort = "active";
  std::string mode = "on";
  std::int32_t windows = 3;
  std::int32_t cohorts = 1;

  /// As a client would ask: for messages, and to ask the real service by hand.
  [[nodiscard]] std::string text() const;
  /// Whether the contract lets the engine `rollup` decline.
  [[nodiscard]] bool beyond_rollup() const;
  /// For the engines. The zone and the segments must be ones that exist.
  [[nodiscard]] query::Question question() const;
};

/// "2025-08-01"
std::string date_text(std::int32_t day);
/// The first day of the month of `day`, `months` later.
std::int32_t month_begin(std::int32_t day, std::int32_t months);

}  // namespace tidemark::contract
