#include "query/question_key.hpp"

#include <string_view>

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
  template <class Enum>
  KeyWriter& choice(Enum value) {
    return number(static_cast<std::int64_t>(value));
  }
  KeyWriter& text(std::string_view value) {
    number(static_cast<std::int64_t>(value.size()));
    key_ += ':';
    key_ += value;
    return *this;
  }
  KeyWriter& days(const event::DayRange& range) {
    return number(range.from.days).number(range.to.days);
  }
  KeyWriter& scope(const Scope& scope) {
    choice(scope.project).text(scope.zone->name());
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

struct Keyed {
  std::string operator()(const ActiveUsers& asked) const {
    return KeyWriter("active")
        .scope(asked.scope)
        .days(asked.range)
        .number(asked.trailing_days)
        .take();
  }
  std::string operator()(const TopEvents& asked) const {
    return KeyWriter("top").scope(asked.scope).days(asked.range).number(asked.limit).take();
  }
  std::string operator()(const Retention& asked) const {
    return KeyWriter("retention")
        .scope(asked.scope)
        .number(asked.start.days)
        .choice(asked.period)
        .choice(asked.cohort)
        .choice(asked.mode)
        .number(asked.windows)
        .number(asked.cohorts)
        .take();
  }
};

}  // namespace

std::string key_of(const Question& question) { return std::visit(Keyed{}, question); }

}  // namespace tidemark::query
