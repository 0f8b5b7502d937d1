#pragma once

/// All questions. Every engine answers the same questions in the same words. Each question is
/// declared in a file of its own (questions/) and named once here.

#include <string>
#include <type_traits>
#include <variant>

#include "query/bounds.hpp"
#include "query/questions/active_users.hpp"
#include "query/questions/retention.hpp"
#include "query/questions/stickiness.hpp"
#include "query/questions/top_events.hpp"

namespace tidemark::query {

/// Kept answers of other versions identify a question by its place, so a new question comes last.
using Question = std::variant<ActiveUsers, TopEvents, Retention, Stickiness>;

/// Calls `visit(std::type_identity<Q>())` for each kind of question.
template <class Visit>
void for_each_kind(Visit&& visit) {
  const auto all = [&visit]<class... Q>(std::type_identity<std::variant<Q...>>) {
    (visit(std::type_identity<Q>()), ...);
  };
  all(std::type_identity<Question>());
}

const Scope& scope_of(const Question& question);

/// First and last day that the answer covers.
event::DayRange days_of(const Question& question);

/// One sentence that tells a reader what the figures mean; `meta.definition` of every answer.
std::string definition_of(const Question& question);

/// What the question's answer looks like.
template <class Q>
AnswerShape answer_shape() {
  AnswerShape shape{.data = &shape_of<typename Q::Row>()};
  if constexpr (requires { Q::beside(); }) shape.beside = Q::beside();
  return shape;
}

/// Makes the answer from what the source tells, whatever the engine.
base::Result<Answer> answer_from(const Question& question, Source& source);

}  // namespace tidemark::query
