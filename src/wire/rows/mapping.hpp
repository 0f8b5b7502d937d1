#pragma once

/// Maps foreign columns to the fields of an event.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/event_parts.hpp"

namespace tidemark::wire {

/// How columns that belong to no field are treated.
enum class OtherColumns : std::uint8_t {
  Refused,     ///< a file with a header is refused, otherwise the row
  Properties,  ///< they become properties, under their names
  Ignored,
};

/// The unit of a number in occurred_at, counted since 1970; no other unit is ever assumed.
enum class TimeUnit : std::uint8_t { Seconds, Milliseconds, Microseconds, Nanoseconds };

/// Names are columns, or places in nested objects: "properties.distinct_id". A name that equals a
/// whole column name is that column, including its dots.
struct Mapping {
  /// For each field, the places where it may be: the first one that is present and not empty is
  /// taken. None: the column with the field's own name (properties: or properties_json).
  std::array<std::vector<std::string>, kFieldsCount> columns;
  /// For each field, a value for all rows.
  std::array<std::optional<std::string>, kFieldsCount> fixed;
  /// If a row has no other id, its id is made from these columns; see id_of.
  std::vector<std::string> id_columns;
  bool id_columns_may_miss = false;  ///< otherwise a file that lacks one of them is refused
  OtherColumns others = OtherColumns::Refused;
  std::optional<TimeUnit> time_unit;

  [[nodiscard]] const std::vector<std::string>& of(Field field) const {
    return columns[static_cast<std::size_t>(field)];
  }
  /// Whether it maps nothing, so that rows have only the fields of an event.
  [[nodiscard]] bool is_plain() const;
  /// Whether it gives the column a meaning.
  [[nodiscard]] bool knows(std::string_view column) const;
};

/// The part of a name that is a column.
std::string_view column_of(std::string_view name);

/// What is wrong with a file that has these columns, or nothing.
std::string fault_of_columns(const Mapping& mapping, const std::vector<std::string>& columns);

/// One column of an id and its value as text.
struct IdPart {
  std::string_view name;
  std::string_view value;
};

/// The UUID of version 5 in the namespace 911e271c-f9ab-552d-9205-8074813eaf76 over, for each part
/// in order, `LENGTH:NAME,LENGTH:VALUE,`; lengths are in bytes and decimal, a missing value is
/// empty.
std::string id_of(const std::vector<IdPart>& parts);

}  // namespace tidemark::wire
