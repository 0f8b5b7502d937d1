#pragma once

/// Turns a foreign row into the parts of an event.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/event_collector.hpp"
#include "wire/event_parts.hpp"
#include "wire/rows/mapping.hpp"

namespace tidemark::wire {

/// A column of a row and its value.
struct Member {
  std::string_view name;
  FieldValue value;
  bool is_cell = false;  ///< a string is plain, not in JSON notation
};

/// Lifetime: the mapping must outlive it.
/// Threads:  one.
class EventMapper {
 public:
  explicit EventMapper(const Mapping& mapping) : mapping_(mapping) {}

  /// Takes the row as exactly one event. `raw`: the row as it is in the file. The values point into
  /// texts after which kBodyPaddingBytes are readable, and which must outlive the collector's
  /// events.
  void take(const std::vector<Member>& members, std::string_view raw, EventCollector& events);

  /// As `take` for a JSON object; text that is not an object is reported like such a line of
  /// NDJSON.
  void take_json(std::string_view text, EventCollector& events);

 private:
  using Members = std::vector<Member>;

  /// A value that a name leads to; it may be a whole column.
  struct Found {
    Member member;
    std::optional<std::size_t> column;
  };
  static Found find(const Members& members, std::string_view name, EventCollector& events);
  Found first_of(const Members& members, const std::vector<std::string>& names,
                 EventCollector& events);
  void use(const Members& members, std::size_t column, EventCollector& events);
  void take_field(const Members& members, Field field, EventParts& parts, EventCollector& events);
  void make_id(const Members& members, EventParts& parts, EventCollector& events) const;
  void take_properties(const Members& members, EventParts& parts, EventCollector& events);
  std::string_view with_others(const Members& members, std::string_view own,
                               EventCollector& events);
  void refuse_others(const Members& members, EventCollector& events) const;

  const Mapping& mapping_;
  std::vector<Member> members_;
  std::vector<bool> used_;
  std::string scratch_;
};

}  // namespace tidemark::wire
