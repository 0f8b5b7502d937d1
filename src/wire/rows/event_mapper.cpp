#include "wire/rows/event_mapper.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <span>
#include <utility>

#include "event/timestamp.hpp"
#include "wire/cells.hpp"
#include "wire/event_parser.hpp"
#include "wire/event_writer.hpp"
#include "wire/json_scanner.hpp"
#include "wire/text_kernels.hpp"
#include "wire/unescape.hpp"

namespace tidemark::wire {
namespace {

/// A lasting copy, after which a scanner may read.
std::string_view kept(std::string_view text, EventCollector& events) {
  char* const room = events.arena().room(text.size() + kBodyPaddingBytes);
  if (!text.empty()) std::memcpy(room, text.data(), text.size());
  return events.arena().keep(text.size() + kBodyPaddingBytes).substr(0, text.size());
}

bool is_empty(const FieldValue& value) {
  return value.kind == ValueKind::Absent || value.kind == ValueKind::Null ||
         (value.kind == ValueKind::String && value.raw.empty());
}

/// The meaning of a string; other values as they are written.
std::string_view text_of(const Member& member, EventCollector& events) {
  const FieldValue& value = member.value;
  if (is_empty(value)) return {};
  if (value.kind != ValueKind::String || member.is_cell || !value.escaped) return value.raw;
  std::string text(value.raw.size(), '\0');
  text.resize(unescape(value.raw, text.data()));
  return kept(text, events);
}

/// The members of a JSON object; false where it is none.
bool read_members(std::string_view object, std::vector<Member>& members, EventCollector& events) {
  JsonScanner scanner{object.data(), object.data() + object.size()};
  scanner.skip_space();
  if (!scanner.accept('{')) return false;
  scanner.skip_space();
  bool more = !scanner.accept('}');
  while (more) {
    StringToken key;
    if (scanner.peek() != '"' || !scanner.string(key)) return false;
    scanner.skip_space();
    if (!scanner.accept(':')) return false;
    scanner.skip_space();
    Member member;
    if (!read_value(scanner, member.value)) return false;
    member.name = text_of(
        {.name = {}, .value = {.kind = ValueKind::String, .escaped = key.escaped, .raw = key.raw}},
        events);
    members.push_back(member);
    scanner.skip_space();
    more = !scanner.accept('}');
    if (more && !scanner.accept(',')) return false;
    scanner.skip_space();
  }
  scanner.skip_space();
  return scanner.at_end();
}

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// Microseconds of a count of units, digits with or without a fraction; what else there is, and
/// what is too large to be meant, gives nothing.
std::optional<base::Micros> micros_of(std::string_view text, TimeUnit unit) {
  constexpr std::array<int, 4> kDigits{6, 3, 0, -3};  // of a microsecond, after the point
  assert(static_cast<std::size_t>(unit) < kDigits.size());
  const int digits = kDigits[static_cast<std::size_t>(unit)];
  const auto point = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, point);
  std::string_view fraction = point < text.size() ? text.substr(point + 1) : std::string_view();
  if (!is_digits(whole) || whole.size() + static_cast<std::size_t>(std::max(digits, 0)) > 18) {
    if (digits >= 0 || whole.size() > 19 || !is_digits(whole)) return std::nullopt;
  }
  if (point < text.size() && !is_digits(fraction)) return std::nullopt;
  const auto cut = digits < 0 ? std::min<std::size_t>(3, whole.size()) : 0;
  base::Micros micros = 0;
  for (const char c : whole.substr(0, whole.size() - cut)) micros = micros * 10 + (c - '0');
  for (int i = 0; i < digits; ++i) {
    micros = micros * 10 + (fraction.empty() ? 0 : fraction.front() - '0');
    if (!fraction.empty()) fraction.remove_prefix(1);
  }
  return micros;
}

/// A number of the unit that was named, as an instant; what is none is left as it is.
void read_time(Member& member, std::optional<TimeUnit> unit, EventCollector& events) {
  FieldValue& value = member.value;
  const bool may_be_number = value.kind == ValueKind::Integer ||
                             value.kind == ValueKind::Fraction || value.kind == ValueKind::String;
  if (!may_be_number) return;
  const std::string_view text = text_of(member, events);
  if (!unit) {
    if (member.is_cell && is_digits(text)) value.kind = ValueKind::Integer;
    return;
  }
  const auto micros = micros_of(text, *unit);
  // A number that is none of the unit's must not be taken for one of another.
  if (!micros && value.kind != ValueKind::String) value.kind = ValueKind::String;
  if (!micros) return;
  value = {.kind = ValueKind::String, .raw = kept(event::to_string_of_any(*micros), events)};
}

void write_value(const Member& member, std::string& out) {
  if (member.value.kind != ValueKind::String) {
    out += member.value.raw;
  } else if (member.is_cell) {
    write_json_string(member.value.raw, out);
  } else {
    out.append(1, '"').append(member.value.raw).append(1, '"');
  }
}

}  // namespace

EventMapper::Found EventMapper::find(const Members& members, std::string_view name,
                                     EventCollector& events) {
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (members[i].name == name) return {.member = members[i], .column = i};
  }
  const auto point = name.find('.');
  if (point == std::string_view::npos) return {};
  for (const Member& member : members) {
    if (member.name != name.substr(0, point)) continue;
    const auto kind = member.value.kind;
    if (kind != ValueKind::Object && kind != ValueKind::String) return {};
    Members within;
    // Some exports hold objects as JSON text.
    if (!read_members(text_of(member, events), within, events)) return {};
    return {.member = find(within, name.substr(point + 1), events).member, .column = {}};
  }
  return {};
}

/// A field is taken from this column; if the column occurs twice, nobody can say which one was
/// meant.
void EventMapper::use(const Members& members, std::size_t column, EventCollector& events) {
  assert(column < used_.size() && used_.size() == members.size());
  used_[column] = true;
  const auto name = members[column].name;
  const auto rest = std::span(members).subspan(column + 1);
  if (std::ranges::none_of(rest, [&](const Member& other) { return other.name == name; })) return;
  events.faults().add(is_utf8(name) ? name : std::string_view(), FaultCode::RepeatedField,
                      "is there more than once; send it only once");
}

EventMapper::Found EventMapper::first_of(const Members& members,
                                         const std::vector<std::string>& names,
                                         EventCollector& events) {
  Found last;
  for (const auto& name : names) {
    auto found = find(members, name, events);
    if (!is_empty(found.member.value)) {
      if (found.column) use(members, *found.column, events);
      return found;
    }
    if (last.member.value.kind == ValueKind::Absent) last = found;
  }
  if (last.column) used_[*last.column] = true;
  return last;
}

void EventMapper::take_field(const Members& members, Field field, EventParts& parts,
                             EventCollector& events) {
  const auto index = static_cast<std::size_t>(field);
  FieldValue& value = parts[field];
  if (mapping_.fixed[index]) {
    value = {.kind = ValueKind::String, .raw = *mapping_.fixed[index]};
    return;
  }
  const std::vector<std::string> own{std::string(name_of(field))};
  auto found = first_of(members, mapping_.of(field).empty() ? own : mapping_.of(field), events);
  if (field == Field::OccurredAt) read_time(found.member, mapping_.time_unit, events);
  value = found.member.value;
  if (found.member.is_cell && value.kind == ValueKind::String) {
    value.traits.bad_text = !is_utf8(value.raw) || value.raw.find('\0') != std::string_view::npos;
  }
  // Ids and types are often numbers elsewhere; their digits are what is meant.
  const bool is_name = field == Field::EventId || field == Field::EventType;
  if (is_name && value.kind == ValueKind::Integer) value.kind = ValueKind::String;
}

void EventMapper::make_id(const Members& members, EventParts& parts, EventCollector& events) const {
  std::vector<IdPart> id;
  bool any = false;
  for (const auto& name : mapping_.id_columns) {
    const auto found = find(members, name, events);
    id.push_back({.name = name, .value = text_of(found.member, events)});
    any |= !id.back().value.empty();
  }
  if (!any) {
    events.faults().add(
        name_of(Field::EventId), FaultCode::MissingField,
        "cannot be made, because none of the columns from which it is made has a value");
    return;
  }
  parts[Field::EventId] = {.kind = ValueKind::String, .raw = kept(id_of(id), events)};
}

/// The properties of their own and all columns that no field took, as one object.
std::string_view EventMapper::with_others(const Members& members, std::string_view own,
                                          EventCollector& events) {
  assert(used_.size() == members.size());
  scratch_ = "{";
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (used_[i] || is_empty(members[i].value) || members[i].name.empty()) continue;
    if (scratch_.size() > 1) scratch_ += ',';
    write_json_string(members[i].name, scratch_);
    scratch_ += ':';
    write_value(members[i], scratch_);
  }
  // Behind the others: where both have a name, the last one counts.
  const auto open = own.find('{');
  const auto close = own.rfind('}');
  if (open != std::string_view::npos && close > open) {
    const auto within = own.substr(open + 1, close - open - 1);
    if (scratch_.size() > 1 && !is_blank(within)) scratch_ += ',';
    scratch_ += within;
  }
  scratch_ += '}';
  return kept(scratch_, events);
}

void EventMapper::take_properties(const Members& members, EventParts& parts,
                                  EventCollector& events) {
  FieldValue& value = parts[Field::Properties];
  static const std::vector<std::string> kOwn{"properties", "properties_json"};
  const auto& named = mapping_.of(Field::Properties);
  const auto& fixed = mapping_.fixed[static_cast<std::size_t>(Field::Properties)];
  Found own;
  if (!fixed) own = first_of(members, named.empty() ? kOwn : named, events);
  std::string_view text = fixed ? std::string_view(*fixed) : std::string_view();
  if (own.member.value.kind == ValueKind::String) {
    text = text_of(own.member, events);
  } else if (!is_empty(own.member.value)) {
    text = own.member.value.raw;
  }
  const bool is_string = fixed || own.member.value.kind == ValueKind::String;
  if (is_string) read_cell(Field::Properties, kept(text, events), value, events.faults());
  if (!is_string) value = own.member.value;
  if (value.kind == ValueKind::Null) value = {};
  const bool may_grow = value.kind == ValueKind::Object || value.kind == ValueKind::Absent;
  if (mapping_.others != OtherColumns::Properties || !may_grow || value.traits.bad_text) return;
  const auto all = with_others(members, text, events);
  value = {};
  read_cell(Field::Properties, all, value, events.faults());
}

void EventMapper::refuse_others(const Members& members, EventCollector& events) const {
  constexpr std::size_t kNameBytesMax = 128;
  assert(used_.size() == members.size());
  for (std::size_t i = 0; i < members.size() && !events.faults().is_full(); ++i) {
    if (used_[i] || mapping_.knows(members[i].name)) continue;
    const auto name = members[i].name.size() <= kNameBytesMax && is_utf8(members[i].name)
                          ? members[i].name
                          : std::string_view();
    events.faults().add(name, FaultCode::UnknownField,
                        "is not a field of an event, and no --column names it; --rest properties "
                        "keeps such fields, --rest ignore leaves them out");
  }
}

void EventMapper::take(const Members& members, std::string_view raw, EventCollector& events) {
  events.begin();
  used_.assign(members.size(), false);
  EventParts parts;
  for (const auto field : {Field::EventId, Field::OccurredAt, Field::UserId, Field::EventType}) {
    take_field(members, field, parts, events);
  }
  if (is_empty(parts[Field::EventId]) && !mapping_.id_columns.empty()) {
    make_id(members, parts, events);
  }
  take_properties(members, parts, events);
  if (mapping_.others == OtherColumns::Refused) refuse_others(members, events);
  events.take_parts(parts, raw);
}

void EventMapper::take_json(std::string_view text, EventCollector& events) {
  members_.clear();
  if (!is_utf8(text) || !read_members(text, members_, events)) {
    events.take_line(text, false, 0);
    return;
  }
  take(members_, text, events);
}

}  // namespace tidemark::wire
