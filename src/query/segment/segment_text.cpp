#include <algorithm>
#include <cassert>

#include "query/quoted.hpp"
#include "query/segment/segment.hpp"

namespace tidemark::query {
namespace {

/// Whether a key or an item can be written unquoted; in doubt it is quoted.
bool is_plain(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    const bool letter_or_digit =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return letter_or_digit || c == '_' || c == '-' || c == '$' || c == '/' || c == ':' ||
           static_cast<unsigned char>(c) >= 0x80;
  });
}

void append_word(std::string_view word, std::string& out) {
  if (is_plain(word)) {
    out += word;
  } else {
    append_quoted(word, out);
  }
}

std::string_view symbol_of(Operator op) {
  switch (op) {
    case Operator::Equal:
      return "=";
    case Operator::NotEqual:
      return "!=";
    case Operator::Less:
      return "<";
    case Operator::LessOrEqual:
      return "<=";
    case Operator::Greater:
      return ">";
    case Operator::GreaterOrEqual:
      return ">=";
    case Operator::Contains:
      return "~";
    case Operator::In:
      return " in ";
    case Operator::Exists:
      return " exists";
  }
  return "";
}

/// `<` before a value that begins with `=` would read as `<=`: a space on both sides keeps them
/// apart, as the parser takes one away on each.
bool needs_spaces(const Condition& condition) {
  return (condition.op == Operator::Less || condition.op == Operator::Greater) &&
         condition.values[0].starts_with('=');
}

}  // namespace

std::string to_string(const Condition& condition) {
  assert(condition.op == Operator::In || condition.op == Operator::Exists ||
         condition.values.size() == 1);
  std::string out;
  switch (condition.field) {
    case Field::EventType:
      if (condition.op == Operator::Equal) return "event_type:" + condition.values[0];
      out = "event_type";
      break;
    case Field::UserId:
      out = "user_id";
      break;
    case Field::Property:
      out = "properties";
      for (const auto& key : condition.path) {
        out += '.';
        append_word(key, out);
      }
      break;
  }
  const bool spaces =
      condition.op != Operator::In && condition.op != Operator::Exists && needs_spaces(condition);
  if (spaces) out += ' ';
  out += symbol_of(condition.op);
  if (spaces) out += ' ';
  if (condition.op == Operator::In) {
    out += '(';
    for (std::size_t i = 0; i < condition.values.size(); ++i) {
      if (i > 0) out += ',';
      append_word(condition.values[i], out);
    }
    out += ')';
  } else if (condition.op != Operator::Exists) {
    out += condition.values[0];
  }
  return out;
}

}  // namespace tidemark::query
