#pragma once

/// Chooses the engine that answers.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "query/answer.hpp"
#include "query/engine.hpp"
#include "query/question.hpp"
#include "query/visible.hpp"

namespace tidemark::query {

/// An answer, and what `meta` tells about it.
struct Answered {
  Answer answer;
  std::string_view engine;    ///< view of a literal: valid for ever
  event::Sequence as_of = 0;  ///< the position of the answer
};

/// The engines that are present, cheapest first.
///
/// Promise:  without a forced name every question is answered: an engine that is not ready or does
///           not answer such questions (Overloaded, CannotAnswer) is skipped for the next one.
/// Errors:   InvalidInput for a name that no engine of Tidemark has; CannotAnswer for an engine
///           that is not present here or does not answer such questions; otherwise the engine's
///           error.
/// Threads:  `answer` from any thread.
/// Lifetime: the engines must outlive this.
class Engines {
 public:
  explicit Engines(std::vector<Engine*> by_cost);

  /// `forced`: the value of the parameter `engine`, if the client gave it.
  base::Result<Answered> answer(const Question& question, const Visible& visible,
                                const Cancellation& cancellation,
                                std::optional<std::string_view> forced = std::nullopt) const;

  /// As `answer`, if the answer costs at most `cost_max`, which must be less than Reading. Nothing
  /// if it costs more or would have to wait for sets.
  [[nodiscard]] std::optional<base::Result<Answered>> answer_within(
      Cost cost_max, const Question& question, const Visible& visible,
      const Cancellation& cancellation,
      std::optional<std::string_view> forced = std::nullopt) const;

  /// InvalidInput for a name that does not exist; for checking parameters before anything runs.
  static base::Status check_name(std::string_view name);
  /// The name with the lifetime that Answered needs; nothing if no engine has this name.
  static std::optional<std::string_view> known_name(std::string_view name);

 private:
  [[nodiscard]] base::Result<Engine*> find(std::string_view name) const;

  std::vector<Engine*> by_cost_;
};

}  // namespace tidemark::query
