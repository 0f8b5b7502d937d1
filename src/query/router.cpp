#include "query/router.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace tidemark::query {
namespace {

/// Whether the next engine may do better: the question is fine, this engine is not there yet.
bool passes_on(base::ErrorCode code) {
  return code == base::ErrorCode::CannotAnswer || code == base::ErrorCode::Overloaded;
}

}  // namespace

std::string engine_names_text() {
  std::string text;
  for (std::size_t i = 0; i < kEngineNames.size(); ++i) {
    if (i > 0) text += i + 1 == kEngineNames.size() ? " or " : ", ";
    text += kEngineNames[i];
  }
  return text;
}

Engines::Engines(std::vector<Engine*> by_cost) : by_cost_(std::move(by_cost)) {
  assert(std::ranges::find(by_cost_, nullptr) == by_cost_.end());
}

std::optional<std::string_view> Engines::known_name(std::string_view name) {
  const auto* const at = std::ranges::find(kEngineNames, name);
  if (at == kEngineNames.end()) return std::nullopt;
  return *at;
}

base::Status Engines::check_name(std::string_view name) {
  if (known_name(name)) return base::ok;
  return base::Error{base::ErrorCode::InvalidInput, "unknown engine: expected " +
                                                        engine_names_text() + ", received '" +
                                                        std::string(name.substr(0, 100)) + "'"};
}

base::Result<Engine*> Engines::find(std::string_view name) const {
  if (auto known = check_name(name); !known) return known.error();
  const auto at = std::ranges::find(by_cost_, name, &Engine::name);
  if (at == by_cost_.end()) {
    return base::Error{base::ErrorCode::CannotAnswer,
                       "the engine " + std::string(name) + " is not present in this service"};
  }
  return *at;
}

base::Result<Answered> Engines::answer(const Question& question, const Visible& visible,
                                       const Cancellation& cancellation,
                                       std::optional<std::string_view> forced) const {
  if (forced) {
    auto engine = find(*forced);
    if (!engine) return engine.error();
    auto answer = (*engine)->answer(question, visible, cancellation, /*patient=*/true);
    if (!answer) return answer.error();
    return Answered{*std::move(answer), (*engine)->name(), visible.position};
  }
  base::Error last{base::ErrorCode::CannotAnswer,
                   "no engine of this service can answer this question"};
  for (Engine* engine : by_cost_) {
    if (!engine->can_answer(question, visible)) continue;
    auto answer = engine->answer(question, visible, cancellation, /*patient=*/false);
    if (answer) return Answered{*std::move(answer), engine->name(), visible.position};
    last = answer.error();
    if (!passes_on(last.code())) break;
  }
  return last;
}

std::optional<base::Result<Answered>> Engines::answer_within(
    Cost cost_max, const Question& question, const Visible& visible,
    const Cancellation& cancellation, std::optional<std::string_view> forced) const {
  assert(cost_max < Cost::Reading);
  const auto ask = [&](Engine& engine) -> base::Result<Answered> {
    auto answer = engine.answer(question, visible, cancellation, /*patient=*/false);
    if (!answer) return answer.error();
    return Answered{*std::move(answer), engine.name(), visible.position};
  };
  if (forced) {
    auto engine = find(*forced);
    if (!engine) return engine.error();
    if ((*engine)->cost(question, visible) > cost_max) return std::nullopt;
    if (!(*engine)->can_answer(question, visible)) return std::nullopt;
    return ask(**engine);
  }
  for (Engine* engine : by_cost_) {
    if (!engine->can_answer(question, visible)) continue;
    if (engine->cost(question, visible) > cost_max) return std::nullopt;
    auto answered = ask(*engine);
    if (answered || !passes_on(answered.error().code())) return answered;
  }
  return std::nullopt;
}

}  // namespace tidemark::query
