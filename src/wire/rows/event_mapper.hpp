#pragma once

/// A stranger's row becomes the parts of an event.

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
  bool is_cell = false;  ///< a string is as it stands, not as JSON writes it
};

/// Lifetime: the mapping must outlive it.
/// Threads:  one.
class EventMapper {
 public:
  explicit EventMapper(const Mapping& mapping) : mapping_(mapping) {}

  /// Takes the row as exactly one event. `raw`: as it stands in the file. The values point into
  /// texts behind which kBodyPaddingBytes can be read, and which outlive the collector's events.
  void take(const std::vector<Member>& members, std::string_view raw, EventCollector& events);

  /// The same for a JSON object; what is none is told as a line of NDJSON would be.
  void take_json(std::string_view text, EventCollector& events);

 private:
  using Members = std::vector<Member>;

  /// A value that a name leads to, and whether it is a whole column.
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
