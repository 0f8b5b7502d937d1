#include "query/sql/dialect.hpp"

#include <cassert>
#include <utility>

namespace tidemark::query {

std::string SqlDialect::add(std::vector<std::string>& values, std::string value) const {
  values.push_back(std::move(value));
  return parameter(values.size());
}

std::string SqlDialect::equality(const Condition& condition,
                                 std::vector<std::string>& values) const {
  assert(condition.op != Operator::Exists && !condition.values.empty());
  if (condition.op == Operator::Equal) return "= " + add(values, condition.values[0]);
  if (condition.op == Operator::NotEqual) return "<> " + add(values, condition.values[0]);
  std::string list;
  for (const auto& value : condition.values) {
    list += (list.empty() ? "IN (" : ",") + add(values, value);
  }
  return list + ")";
}

namespace {

class DuckDbDialect final : public SqlDialect {
 public:
  [[nodiscard]] std::string micros_of(std::string_view instant) const override {
    return "epoch_us(" + std::string(instant) + ")";
  }
  [[nodiscard]] std::string instant(event::Micros micros) const override {
    return "make_timestamptz(" + std::to_string(micros) + ")";
  }
  [[nodiscard]] std::string days_of(std::string_view instant,
                                    std::string_view shift) const override {
    const auto moved = "(" + micros_of(instant) + " + " + std::string(shift) + ")";
    return quotient(moved, std::to_string(base::kMicrosPerDay));
  }
  [[nodiscard]] std::string shift(event::Micros micros) const override {
    return std::to_string(micros);
  }
  [[nodiscard]] std::string quotient(std::string_view a, std::string_view b) const override {
    return "(" + std::string(a) + " // " + std::string(b) + ")";
  }
  [[nodiscard]] std::string month_of(std::string_view days) const override {
    const auto date = "(DATE '1970-01-01' + CAST(" + std::string(days) + " AS INTEGER))";
    return "(year(" + date + ") * 12 + month(" + date + ") - 1)";
  }
  [[nodiscard]] std::string bit(std::string_view index) const override {
    // Both sides of one type: with a signed right side the shift is done in 128 bits, and takes
    // twice as long.
    return "(1::UBIGINT << CAST(" + std::string(index) + " & 63 AS UBIGINT))";
  }
  [[nodiscard]] std::string parameter(std::size_t /*number*/) const override { return "?"; }
  [[nodiscard]] bool counts_in_groups() const override { return false; }
  [[nodiscard]] std::string condition(const Condition& condition,
                                      std::vector<std::string>& values) const override {
    if (condition.field == Field::Property) return {};
    const bool known = condition.op == Operator::Equal || condition.op == Operator::NotEqual ||
                       condition.op == Operator::In;
    if (!known) return {};
    return (condition.field == Field::EventType ? "event_type " : "user_id ") +
           equality(condition, values);
  }
};

}  // namespace

const SqlDialect& duckdb_dialect() {
  static const DuckDbDialect dialect;
  return dialect;
}

}  // namespace tidemark::query
