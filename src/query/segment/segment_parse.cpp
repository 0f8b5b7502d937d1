#include <algorithm>
#include <array>
#include <cassert>
#include <optional>
#include <utility>

#include "event/limits.hpp"
#include "query/quoted.hpp"
#include "query/segment/segment.hpp"

namespace tidemark::query {
namespace {

using base::Error;
using base::ErrorCode;

constexpr std::string_view kForms =
    "event_type:NAME, or FIELD OP VALUE with FIELD event_type, user_id or properties.KEY and OP "
    "=, !=, <, <=, >, >= or ~, or FIELD in (a,b), or FIELD exists";

struct Written {
  std::string_view text;
  Operator op;
};
// The longer ones first: "<=" begins with "<".
constexpr std::array<Written, 7> kSymbols{{{"!=", Operator::NotEqual},
                                           {"<=", Operator::LessOrEqual},
                                           {">=", Operator::GreaterOrEqual},
                                           {"=", Operator::Equal},
                                           {"<", Operator::Less},
                                           {">", Operator::Greater},
                                           {"~", Operator::Contains}}};

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::string_view trimmed_left(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  return text;
}
std::string_view trimmed_right(std::string_view text) {
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}
std::string_view trimmed(std::string_view text) { return trimmed_right(trimmed_left(text)); }

/// The received text, short enough for a message and not cut within a character.
std::string shown(std::string_view text) {
  constexpr std::size_t kShownMax = 100;
  if (text.size() <= kShownMax) return "'" + std::string(text) + "'";
  std::size_t end = kShownMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return "'" + std::string(text.substr(0, end)) + "…'";
}

Error malformed(std::string_view wrong, std::string_view expected, std::string_view received) {
  return {ErrorCode::InvalidInput, std::string(wrong) + ": expected " + std::string(expected) +
                                       ", received " + shown(received)};
}

/// Where the first operator outside of quotes stands; what is before it is FIELD.
struct Found {
  Operator op = Operator::Equal;
  std::size_t begin = 0;  ///< of the operator, or of the spaces before a word
  std::size_t end = 0;    ///< where VALUE begins
};

std::optional<Found> word_at(std::string_view text, std::size_t at) {
  const auto rest = trimmed_left(text.substr(at));
  const auto begin = text.size() - rest.size();
  if (rest.starts_with("in") && trimmed_left(rest.substr(2)).starts_with('(')) {
    return Found{Operator::In, at, begin + 2};
  }
  if (rest.starts_with("exists") && trimmed_left(rest.substr(6)).empty()) {
    return Found{Operator::Exists, at, begin + 6};
  }
  return std::nullopt;
}

/// The end of the JSON string that begins at `at`, or npos.
std::size_t string_end(std::string_view text, std::size_t at) {
  for (std::size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i + 1;
    }
  }
  return std::string_view::npos;
}

std::optional<Found> find_operator(std::string_view text) {
  bool key_begins = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"' && key_begins) {
      const auto end = string_end(text, i);
      if (end == std::string_view::npos) return std::nullopt;
      i = end - 1;
      key_begins = false;
      continue;
    }
    for (const auto& symbol : kSymbols) {
      if (text.substr(i).starts_with(symbol.text)) {
        return Found{symbol.op, i, i + symbol.text.size()};
      }
    }
    if (is_space(text[i])) {
      if (const auto word = word_at(text, i)) return word;
    } else {
      key_begins = text[i] == '.';
    }
  }
  return std::nullopt;
}

/// One key off the front of `rest`, which is left at the dot after it or empty.
base::Result<std::string> take_key(std::string_view& rest, std::string_view field) {
  rest = trimmed_left(rest);
  if (rest.starts_with('"')) {
    const auto end = string_end(rest, 0);
    auto key = end == std::string_view::npos ? std::nullopt : unquoted(rest.substr(0, end));
    if (!key) return malformed("a quoted key is not a JSON string", "\"KEY\"", field);
    rest = trimmed_left(rest.substr(end));
    if (!rest.empty() && rest.front() != '.') {
      return malformed("something follows a quoted key", "a dot or an operator", field);
    }
    return *std::move(key);
  }
  const auto dot = std::min(rest.find('.'), rest.size());
  const auto key = trimmed(rest.substr(0, dot));
  rest.remove_prefix(dot);
  if (key.empty()) {
    return malformed("a key is empty", "properties.KEY (an empty key is written \"\")", field);
  }
  if (key.find_first_of(",()[]{}") != std::string_view::npos) {
    return malformed("a key holds a comma or a bracket",
                     "such a key as a JSON string: properties.\"a,b\"", field);
  }
  return std::string(key);
}

base::Result<std::vector<std::string>> parse_path(std::string_view keys, std::string_view field) {
  std::vector<std::string> path;
  auto rest = keys;
  while (true) {
    auto key = take_key(rest, field);
    if (!key) return key.error();
    path.push_back(*std::move(key));
    if (rest.empty()) break;
    rest.remove_prefix(1);  // the dot
  }
  if (path.size() > static_cast<std::size_t>(event::kPropertiesDepthMax)) {
    return malformed("the path is too deep", "at most 16 keys", field);
  }
  return path;
}

base::Status parse_field(std::string_view field, Condition& into) {
  constexpr std::string_view kProperties = "properties";
  if (field == "event_type") {
    into.field = Field::EventType;
    return base::ok;
  }
  if (field == "user_id") {
    into.field = Field::UserId;
    return base::ok;
  }
  if (field.starts_with(kProperties)) {
    const auto keys = trimmed_left(field.substr(kProperties.size()));
    if (keys.starts_with('.')) {
      auto path = parse_path(keys.substr(1), field);
      if (!path) return path.error();
      into.field = Field::Property;
      into.path = *std::move(path);
      return base::ok;
    }
  }
  return malformed("there is no such field", "event_type, user_id or properties.KEY", field);
}

/// One item off the front of `rest`, which is left at the comma after it or empty.
base::Result<std::string> take_item(std::string_view& rest, std::string_view text) {
  rest = trimmed_left(rest);
  if (rest.starts_with('"')) {
    const auto end = string_end(rest, 0);
    auto item = end == std::string_view::npos ? std::nullopt : unquoted(rest.substr(0, end));
    if (!item) return malformed("a quoted item is not a JSON string", "\"a\"", text);
    rest = trimmed_left(rest.substr(end));
    if (!rest.empty() && rest.front() != ',') {
      return malformed("something follows a quoted item", "a comma or ')'", text);
    }
    return *std::move(item);
  }
  const auto comma = std::min(rest.find(','), rest.size());
  const auto item = trimmed(rest.substr(0, comma));
  rest.remove_prefix(comma);
  if (item.empty()) {
    return malformed("an item of the list is empty", "in (a,b), an empty item written as \"\"",
                     text);
  }
  if (item.find_first_of("()") != std::string_view::npos) {
    return malformed("an item of the list holds a bracket",
                     "such an item as a JSON string: in (\"f(x)\",b)", text);
  }
  return std::string(item);
}

base::Result<std::vector<std::string>> parse_list(std::string_view list, std::string_view text) {
  list = trimmed(list);
  if (!list.ends_with(')') || list.size() < 2) {
    return malformed("the list is not closed", "in (a,b)", text);
  }
  auto rest = list.substr(1, list.size() - 2);
  std::vector<std::string> items;
  while (true) {
    auto item = take_item(rest, text);
    if (!item) return item.error();
    items.push_back(*std::move(item));
    if (items.size() > kInValuesMax) {
      return malformed("the list is too long", "at most 1000 items", text);
    }
    if (rest.empty()) return items;
    rest.remove_prefix(1);  // the comma
  }
}

Error no_operator(std::string_view text) {
  const auto colon = text.find(':');
  if (colon != std::string_view::npos && !trimmed(text.substr(0, colon)).empty()) {
    return malformed("there is no operator; a colon may only follow event_type, without a space",
                     std::string(trimmed(text.substr(0, colon))) + "=VALUE", text);
  }
  return malformed("there is no operator", kForms, text);
}

base::Status check_value(const Condition& condition, std::string_view text) {
  if (!condition.values[0].empty()) return base::ok;
  const bool may_be_empty = condition.field == Field::Property &&
                            (condition.op == Operator::Equal || condition.op == Operator::NotEqual);
  if (may_be_empty) return base::ok;
  return malformed("there is no value", "FIELD OP VALUE", text);
}

}  // namespace

base::Result<Condition> parse_condition(std::string_view text) {
  constexpr std::string_view kTypePrefix = "event_type:";
  Condition condition;
  const auto begun = trimmed_left(text);
  if (begun.starts_with(kTypePrefix)) {
    condition.values.emplace_back(begun.substr(kTypePrefix.size()));
    if (condition.values[0].empty()) {
      return malformed("there is no name", "event_type:NAME", text);
    }
    return condition;
  }
  if (begun.empty()) return malformed("the condition is empty", kForms, text);

  const auto found = find_operator(begun);
  if (!found) return no_operator(begun);
  assert(found->begin <= found->end && found->end <= begun.size());
  condition.op = found->op;
  const auto field = trimmed_right(begun.substr(0, found->begin));
  const bool word = condition.op == Operator::In || condition.op == Operator::Exists;
  if (word && (field.ends_with(" not") || field.ends_with(" NOT"))) {
    return malformed("'not' is not supported", "!= for each value that is not wanted", text);
  }
  if (auto known = parse_field(field, condition); !known) return known.error();

  auto value = begun.substr(found->end);
  if (condition.op == Operator::Exists) return condition;
  if (condition.op == Operator::In) {
    auto list = parse_list(value, text);
    if (!list) return list.error();
    condition.values = *std::move(list);
    condition.set = ValueSet::of(condition.values);
    return condition;
  }
  if (field.size() < found->begin && value.starts_with(' ')) value.remove_prefix(1);
  condition.values.emplace_back(value);
  if (auto checked = check_value(condition, text); !checked) return checked.error();
  return condition;
}

}  // namespace tidemark::query
