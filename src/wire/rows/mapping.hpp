#pragma once

/// Which of a stranger's columns are which fields of an event.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/event_parts.hpp"

namespace tidemark::wire {

/// What becomes of columns that are not a field's.
enum class OtherColumns : std::uint8_t {
  Refused,     ///< a file with a header is refused, else the row
  Properties,  ///< they become properties, under their names
  Ignored,
};

/// What a number in occurred_at counts since 1970; nothing else is ever supposed.
enum class TimeUnit : std::uint8_t { Seconds, Milliseconds, Microseconds, Nanoseconds };

/// Names are columns, or places in nested objects: "properties.distinct_id". One that is a column's
/// whole name is that column, with its dots.
struct Mapping {
  /// Of each field, where it may be: the first that is there and not empty is taken. None: the
  /// column of the field's own name (properties: or properties_json).
  std::array<std::vector<std::string>, kFieldsCount> columns;
  /// Of each field a value for all rows.
  std::array<std::optional<std::string>, kFieldsCount> fixed;
  /// Where there is no other id it is made of these; see id_of.
  std::vector<std::string> id_columns;
  bool id_columns_may_miss = false;  ///< else a file without one of them is refused
  OtherColumns others = OtherColumns::Refused;
  std::optional<TimeUnit> time_unit;

  [[nodiscard]] const std::vector<std::string>& of(Field field) const {
    return columns[static_cast<std::size_t>(field)];
  }
  /// Whether it says nothing, and rows have the fields of an event and no others.
  [[nodiscard]] bool is_plain() const;
  /// Whether it says what the column is for.
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
/// in order, `LENGTH:NAME,LENGTH:VALUE,`; lengths are in bytes and decimal, a value that is not
/// there is empty.
std::string id_of(const std::vector<IdPart>& parts);

}  // namespace tidemark::wire
