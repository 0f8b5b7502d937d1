#pragma once

/// Which events count: conditions on type, user and properties, joined by AND. See api.md
/// section 2.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "query/segment/value_set.hpp"

namespace tidemark::query {

enum class Field : std::uint8_t { EventType, UserId, Property };

enum class Operator : std::uint8_t {
  Equal,
  NotEqual,
  Less,
  LessOrEqual,
  Greater,
  GreaterOrEqual,
  Contains,
  In,
  Exists
};

struct Condition {
  Field field = Field::EventType;
  std::vector<std::string> path;  ///< Property only: the keys from the outside in
  Operator op = Operator::Equal;
  std::vector<std::string> values;  ///< one; In: any number; Exists: none
  /// The values of a long In as a set, so that an event costs one look-up; null: the values are
  /// compared one by one. `parse_condition` makes it; copies share it; it must be made anew when
  /// `values` change.
  std::shared_ptr<const ValueSet> set = nullptr;

  bool operator==(const Condition& other) const {
    return field == other.field && path == other.path && op == other.op && values == other.values;
  }
};

/// The conditions that an event must meet to count. Without a condition every event counts.
///
/// Threads:  immutable while it is in use.
struct Segment {
  std::vector<Condition> conditions;

  [[nodiscard]] bool empty() const { return conditions.empty(); }
  /// Whether the conditions are on the type alone, so that sets by type can answer; true if empty.
  [[nodiscard]] bool only_event_type() const;
  [[nodiscard]] bool asks_properties() const;

  /// Precondition: `properties` is a Row's.
  /// Cost:         0.1 µs for a property in 70 bytes; conditions on type and user come first.
  [[nodiscard]] bool matches(std::string_view event_type, std::string_view user_id,
                             std::string_view properties) const;
  /// Tests the conditions on the type alone and ignores the others.
  [[nodiscard]] bool matches_type(std::string_view event_type) const;

  bool operator==(const Segment&) const = default;
};

inline constexpr std::size_t kInValuesMax = 1'000;

/// One condition as a user writes it: `event_type:purchase`, `properties.country in (UA,PL)`.
/// InvalidInput tells what was wrong, what was expected and what was received.
///
/// Where api.md leaves a choice:
/// - Spaces around FIELD do not count. VALUE is taken as it stands, quotes and spaces too, with one
///   exception: a space before the operator belongs to it, and so does then one after it, so that
///   `properties.price >= 5` means what it says. `properties.name= x` asks for " x".
/// - Items of `in (…)` lose the spaces around them; an item with a comma or a round bracket in it,
///   one that begins with `"`, and an empty one are written as JSON strings.
/// - A key may hold spaces as it stands; a JSON string may stand for any key, the empty one too.
/// - Only `=` and `!=` may have an empty VALUE, and only of a property.
/// - `event_type` and `user_id` are strings: `user_id>5` asks for a number, and matches none.
base::Result<Condition> parse_condition(std::string_view text);

/// The condition in its one canonical form; parses back to an equal one.
std::string to_string(const Condition& condition);

}  // namespace tidemark::query
