#include "query/question_key.hpp"

#include <cassert>
#include <concepts>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace tidemark::query {
namespace {

/// Numbers end with a blank; texts have their length before them.
class KeyWriter {
 public:
  explicit KeyWriter(std::string_view kind) : key_(kind) {}

  KeyWriter& number(std::int64_t value) {
    key_ += ' ';
    key_ += std::to_string(value);
    return *this;
  }
  KeyWriter& value(event::LocalDay day) { return number(day.days); }
  template <class T>
    requires std::integral<T> || std::is_enum_v<T>
  KeyWriter& value(T value) {
    return number(static_cast<std::int64_t>(value));
  }
  KeyWriter& text(std::string_view value) {
    number(static_cast<std::int64_t>(value.size()));
    key_ += ':';
    key_ += value;
    return *this;
  }
  KeyWriter& scope(const Scope& scope) {
    assert(scope.zone != nullptr);
    value(scope.project).text(scope.zone->name());
    // The rules of a zone change with the machine's time zone data.
    number(static_cast<std::int64_t>(scope.zone->rules_hash()));
    number(static_cast<std::int64_t>(scope.segment.conditions.size()));
    for (const Condition& condition : scope.segment.conditions) text(to_string(condition));
    return *this;
  }
  std::string take() { return std::move(key_); }

 private:
  std::string key_;
};

template <class Q>
std::string key_of_one(const Q& asked) {
  KeyWriter key(Q::kKey);
  key.scope(asked.scope);
  const auto add = [&](const auto&... at) { (key.value(at(asked)), ...); };
  std::apply([&](const auto&... field) { add(field.at...); }, Q::fields());
  if constexpr (requires { Q::presets(); }) std::apply(add, Q::presets());
  return key.take();
}

}  // namespace

std::string key_of(const Question& question) {
  return std::visit([](const auto& asked) { return key_of_one(asked); }, question);
}

}  // namespace tidemark::query
