#pragma once

/// The few expressions in which databases differ, so that a question is written as SQL once.

#include <string>
#include <string_view>

#include "event/event.hpp"

namespace tidemark::query {

/// Threads: immutable.
class SqlDialect {
 public:
  virtual ~SqlDialect() = default;

  /// The column's instant as microseconds since 1970.
  [[nodiscard]] virtual std::string micros_of(std::string_view instant) const = 0;
  /// An instant as a constant, in the type of the column occurred_at.
  [[nodiscard]] virtual std::string instant(event::Micros micros) const = 0;
  /// The whole part of a quotient of integers that are not negative.
  [[nodiscard]] virtual std::string quotient(std::string_view a, std::string_view b) const = 0;
  /// Months since the year 0 of the day that lies `days` after 1970-01-01.
  [[nodiscard]] virtual std::string month_of(std::string_view days) const = 0;
  /// 64 bits, of which number `index` modulo 64 is set.
  [[nodiscard]] virtual std::string bit(std::string_view index) const = 0;
};

const SqlDialect& duckdb_dialect();

}  // namespace tidemark::query
