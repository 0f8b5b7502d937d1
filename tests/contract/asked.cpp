#include "contract/asked.hpp"

#include <array>
#include <chrono>
#include <concepts>
#include <cstdio>
#include <optional>
#include <stdexcept>
#include <tuple>
#include <type_traits>

#include "event/zone.hpp"

namespace tidemark::contract {
namespace {

std::chrono::year_month_day calendar(std::int32_t day) {
  return std::chrono::sys_days{std::chrono::days{day}};
}

template <class T>
T must(base::Result<T> result, const std::string& what) {
  if (!result) throw std::invalid_argument(what + ": " + result.error().message());
  return *std::move(result);
}

/// A key or item as a JSON string: always allowed.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

void set(event::LocalDay& day, const std::string& text) {
  day = must(event::parse_day(text), text);
}
template <std::integral T>
void set(T& number, const std::string& text) {
  number = static_cast<T>(std::stoll(text));
}
template <query::Choice E>
void set(E& choice, const std::string& text) {
  for (const auto& [name, value] : query::Choices<E>::names) {
    if (name == text) return void(choice = value);
  }
  throw std::invalid_argument("no such choice: " + text);
}

/// Sets the fields that the question declares; any other is a mistake of the test.
template <class Question>
query::Question made(const query::Named<Question>& named, const Asked& asked,
                     const query::Scope& scope) {
  Question question;
  question.scope = scope;
  if (named.preset != nullptr) named.preset(question);
  std::size_t known = 0;
  const auto take = [&](const auto& field) {
    const auto found = asked.fields.find(std::string(field.name));
    if (found == asked.fields.end()) return;
    set(field.at(question), found->second);
    ++known;
  };
  std::apply([&](const auto&... field) { (take(field), ...); }, Question::fields());
  if (known != asked.fields.size()) throw std::invalid_argument("no such field: " + asked.text());
  if constexpr (requires { question.settle(); }) question.settle();
  return question;
}

}  // namespace

std::string date_text(std::int32_t day) {
  const auto date = calendar(day);
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text.data();
}

std::int32_t month_begin(std::int32_t day, std::int32_t months) {
  const auto date = calendar(day);
  const std::chrono::year_month_day first =
      (date.year() / date.month() + std::chrono::months{months}) / 1;
  return static_cast<std::int32_t>(std::chrono::sys_days{first}.time_since_epoch().count());
}

std::string AskedSegment::text() const {
  std::string out = field;
  for (const auto& key : path) out += '.' + quoted(key);
  if (op == "exists") return out + " exists";
  if (op == "=" && field == "event_type") return out + ':' + values.at(0);
  if (op != "in") return out + op + values.at(0);
  out += " in (";
  for (std::size_t i = 0; i < values.size(); ++i) out += (i > 0 ? "," : "") + quoted(values[i]);
  return out + ')';
}

std::int32_t Asked::day(const std::string& field) const {
  return must(event::parse_day(fields.at(field)), field).days;
}
std::int32_t Asked::number(const std::string& field, std::int32_t otherwise) const {
  const auto found = fields.find(field);
  return found == fields.end() ? otherwise : std::stoi(found->second);
}
std::string Asked::word(const std::string& field, const std::string& otherwise) const {
  const auto found = fields.find(field);
  return found == fields.end() ? otherwise : found->second;
}

std::string Asked::text() const {
  std::string out = what + "?tz=" + tz;
  for (const auto& [name, value] : fields) out += '&' + name + '=' + value;
  for (const auto& segment : segments) out += "&segment=" + segment.text();
  return out;
}

bool Asked::beyond_rollup() const {
  for (const auto& segment : segments) {
    if (segment.field != "event_type") return true;
  }
  return false;
}

query::Question Asked::question() const {
  query::Scope scope{.zone = must(event::find_zone(tz), tz), .segment = {}};
  for (const auto& segment : segments) {
    scope.segment.conditions.push_back(
        must(query::parse_condition(segment.text()), segment.text()));
  }
  std::optional<query::Question> question;
  query::for_each_kind([&]<class Question>(std::type_identity<Question>) {
    for (const auto& named : Question::names()) {
      if (named.name == what) question = made(named, *this, scope);
    }
  });
  if (!question) throw std::invalid_argument("no such question: " + what);
  return *std::move(question);
}

}  // namespace tidemark::contract
