#include "query/question.hpp"

namespace tidemark::query {

const Scope& scope_of(const Question& question) {
  return std::visit([](const auto& asked) -> const Scope& { return asked.scope; }, question);
}

event::DayRange days_of(const Question& question) {
  return std::visit([](const auto& asked) { return asked.days(); }, question);
}

std::string definition_of(const Question& question) {
  return std::visit([](const auto& asked) { return asked.definition(); }, question);
}

base::Result<Answer> answer_from(const Question& question, Source& source) {
  return std::visit([&source](const auto& asked) { return fold(asked, source); }, question);
}

}  // namespace tidemark::query
