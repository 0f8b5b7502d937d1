#pragma once

/// The few expressions in which databases differ, so that the SQL of a question is written once.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "event/event.hpp"
#include "query/segment/segment.hpp"

namespace tidemark::query {

/// Threads: immutable.
class SqlDialect {
 public:
  virtual ~SqlDialect() = default;

  /// The column's instant as microseconds since 1970.
  [[nodiscard]] virtual std::string micros_of(std::string_view instant) const = 0;
  /// An instant as a constant, in the type of the column occurred_at.
  [[nodiscard]] virtual std::string instant(event::Micros micros) const = 0;
  /// Whole days from 1970-01-01 to the column's instant plus `shift`; no instant is before that
  /// day.
  [[nodiscard]] virtual std::string days_of(std::string_view instant,
                                            std::string_view shift) const = 0;
  /// An amount of time as a constant, for `days_of`.
  [[nodiscard]] virtual std::string shift(event::Micros micros) const = 0;
  /// The whole part of a quotient of integers that are not negative.
  [[nodiscard]] virtual std::string quotient(std::string_view a, std::string_view b) const = 0;
  /// Months since the year 0 of the day that lies `days` after 1970-01-01.
  [[nodiscard]] virtual std::string month_of(std::string_view days) const = 0;
  /// 64 bits, of which number `index` modulo 64 is set.
  [[nodiscard]] virtual std::string bit(std::string_view index) const = 0;
  /// The placeholder for value number `number` of a query, counted from 1.
  [[nodiscard]] virtual std::string parameter(std::size_t number) const = 0;
  /// Whether groups of (type, user) count users by type faster than count(DISTINCT …).
  [[nodiscard]] virtual bool counts_in_groups() const = 0;
  /// The condition as SQL; its values are appended to `values`. Empty if SQL of this database
  /// cannot say it exactly as Segment::matches does. Precondition: the texts of the condition are
  /// UTF-8 without NUL.
  [[nodiscard]] virtual std::string condition(const Condition& condition,
                                              std::vector<std::string>& values) const = 0;

 protected:
  /// Appends `value` to `values` and returns its placeholder.
  std::string add(std::vector<std::string>& values, std::string value) const;
  /// "= ?", "<> ?" or "IN (?,?)", for a condition that needs equality only.
  std::string equality(const Condition& condition, std::vector<std::string>& values) const;
};

const SqlDialect& duckdb_dialect();

/// For sessions in UTC. A number in properties beyond the bounds of PostgreSQL's `numeric` fails
/// the query with InvalidInput: such a segment must be tested row by row.
const SqlDialect& postgres_dialect();

}  // namespace tidemark::query
