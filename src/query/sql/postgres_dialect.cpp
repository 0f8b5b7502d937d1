#include <algorithm>
#include <cassert>
#include <string>
#include <utility>

#include "event/timestamp.hpp"
#include "query/sql/dialect.hpp"
#include "wire/property.hpp"

namespace tidemark::query {
namespace {

std::string sign_of(Operator op) {
  switch (op) {
    case Operator::Less:
      return " < ";
    case Operator::LessOrEqual:
      return " <= ";
    case Operator::Greater:
      return " > ";
    case Operator::GreaterOrEqual:
      return " >= ";
    case Operator::Equal:
    case Operator::NotEqual:
    case Operator::Contains:
    case Operator::In:
    case Operator::Exists:
      break;
  }
  return {};
}

bool is_word(std::string_view value) {
  return value == "true" || value == "false" || value == "null";
}

/// A text that a matching event has somewhere in its properties, unless a part of it is written
/// with escapes; properties have no white space between values.
std::string told_by(const Condition& condition) {
  assert(!condition.path.empty());
  const auto key = '"' + condition.path.back() + "\":";
  const bool text_only = condition.op == Operator::Equal && !is_word(condition.values[0]) &&
                         !wire::is_number(condition.values[0]);
  return text_only ? key + '"' + condition.values[0] + '"' : key;
}

/// Columns of text are under the collation "C", so that they compare by bytes.
class PostgresDialect final : public SqlDialect {
 public:
  [[nodiscard]] std::string micros_of(std::string_view instant) const override {
    return "CAST(extract(epoch FROM " + std::string(instant) + ") * 1000000 AS BIGINT)";
  }
  [[nodiscard]] std::string instant(event::Micros micros) const override {
    return "timestamptz '" + event::to_string_of_any(micros) + "'";
  }
  [[nodiscard]] std::string days_of(std::string_view instant,
                                    std::string_view shift) const override {
    // The time between two instants is computed as days of 24 hours and a rest, by integers.
    // Everything that goes through a calendar, or through numeric, takes several times as long.
    return "CAST(date_part('day', " + std::string(instant) + " - " + std::string(shift) +
           ") AS BIGINT)";
  }
  [[nodiscard]] std::string shift(event::Micros micros) const override { return instant(-micros); }
  [[nodiscard]] std::string quotient(std::string_view a, std::string_view b) const override {
    return "(" + std::string(a) + " / " + std::string(b) + ")";
  }
  [[nodiscard]] std::string month_of(std::string_view days) const override {
    const auto date = "(DATE '1970-01-01' + CAST(" + std::string(days) + " AS INTEGER))";
    return "CAST(date_part('year', " + date + ") * 12 + date_part('month', " + date +
           ") - 1 AS BIGINT)";
  }
  [[nodiscard]] std::string bit(std::string_view index) const override {
    return "(CAST(1 AS BIGINT) << (CAST(" + std::string(index) + " AS INTEGER) & 63))";
  }
  [[nodiscard]] std::string parameter(std::size_t number) const override {
    return "$" + std::to_string(number);
  }
  [[nodiscard]] bool counts_in_groups() const override { return true; }
  [[nodiscard]] std::string condition(const Condition& condition,
                                      std::vector<std::string>& values) const override {
    if (condition.field == Field::Property) return of_property(condition, values);
    return of_text(condition.field == Field::EventType ? "event_type" : "user_id", condition,
                   values);
  }

 private:
  using Values = std::vector<std::string>;

  std::string of_text(const std::string& column, const Condition& condition, Values& values) const {
    switch (condition.op) {
      case Operator::Equal:
      case Operator::NotEqual:
      case Operator::In:
        return column + " " + equality(condition, values);
      case Operator::Less:
      case Operator::LessOrEqual:
      case Operator::Greater:
      case Operator::GreaterOrEqual:
        if (wire::is_number(condition.values[0])) return "false";
        return column + sign_of(condition.op) + add(values, condition.values[0]);
      case Operator::Contains:
        return "strpos(" + column + ", " + add(values, condition.values[0]) + ") > 0";
      case Operator::Exists:
        break;
    }
    return "true";
  }

  /// json keeps a number's digits as they were sent, which jsonb does not; -> finds a key by what
  /// it means, and nothing within an array or a scalar. `kind` is null of what is absent.
  std::string of_property(const Condition& condition, Values& values) const {
    std::string at = "CAST(properties AS json)";
    for (const auto& key : condition.path) at += " -> " + add(values, key);
    const auto text =
        "(SELECT " + of_value(condition, values) +
        " FROM (SELECT json_typeof(value) AS kind, (value #>> '{}') COLLATE \"C\" AS text FROM "
        "(SELECT " +
        at + " AS value OFFSET 0) AS found OFFSET 0) AS told)";
    if (condition.op == Operator::NotEqual) return "NOT " + text;
    // Tested first, because reading the whole text as JSON takes far longer.
    return "(strpos(properties, " + add(values, told_by(condition)) +
           ") > 0 OR strpos(properties, '\\') > 0) AND " + text;
  }

  /// Never null.
  std::string of_value(const Condition& condition, Values& values) const {
    switch (condition.op) {
      case Operator::Equal:
      case Operator::NotEqual:
      case Operator::In:
        return equals_any(condition.values, values);
      case Operator::Less:
      case Operator::LessOrEqual:
      case Operator::Greater:
      case Operator::GreaterOrEqual: {
        const auto& value = condition.values[0];
        const auto than = sign_of(condition.op) + add(values, value);
        if (!wire::is_number(value)) return when("string", "text" + than);
        return when("number", "CAST(text AS numeric)" + sign_of(condition.op) + "CAST(" +
                                  parameter(values.size()) + " AS numeric)");
      }
      case Operator::Contains:
        return when("string", "strpos(text, " + add(values, condition.values[0]) + ") > 0");
      case Operator::Exists:
        break;
    }
    return "coalesce(kind <> 'null', false)";
  }

  static std::string when(const std::string& kind, const std::string& condition) {
    return "CASE kind WHEN '" + kind + "' THEN " + condition + " ELSE false END";
  }

  std::string equals_any(const Values& wanted, Values& values) const {
    std::string texts;
    std::string numbers;
    std::string booleans;
    bool null = false;
    const auto append = [](std::string& list, const std::string& item) {
      list += (list.empty() ? "" : ",") + item;
    };
    for (const auto& value : wanted) {
      append(texts, add(values, value));
      if (wire::is_number(value)) {
        append(numbers, "CAST(" + parameter(values.size()) + " AS numeric)");
      }
      if (value == "true" || value == "false") append(booleans, "'" + value + "'");
      null = null || value == "null";
    }
    std::string text = "CASE kind WHEN 'string' THEN text IN (" + texts + ")";
    if (!numbers.empty()) text += " WHEN 'number' THEN CAST(text AS numeric) IN (" + numbers + ")";
    if (!booleans.empty()) text += " WHEN 'boolean' THEN text IN (" + booleans + ")";
    if (null) text += " WHEN 'null' THEN true";
    return text + " ELSE false END";
  }
};

}  // namespace

const SqlDialect& postgres_dialect() {
  static const PostgresDialect dialect;
  return dialect;
}

}  // namespace tidemark::query
