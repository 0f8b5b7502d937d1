#pragma once

/// Which engine answers.

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

/// An answer, and what `meta` tells of it.
struct Answered {
  Answer answer;
  std::string_view engine;    ///< a literal's view: valid for ever
  event::Sequence as_of = 0;  ///< the position that it was answered at
};

/// The engines that are present, cheapest first.
///
/// Promise:  without a forced name every question is answered: an engine that is not ready or not
///           made for it (Overloaded, CannotAnswer) is passed over for the next one.
/// Errors:   InvalidInput for a name that no engine of Tidemark has; CannotAnswer for one that is
///           not present here, or that is not made for the question; else what the engine says.
/// Threads:  `answer` from any thread.
/// Lifetime: the engines outlive this.
class Engines {
 public:
  explicit Engines(std::vector<Engine*> by_cost);

  /// `forced`: the parameter `engine`, where it was given.
  base::Result<Answered> answer(const Question& question, const Visible& visible,
                                const Cancellation& cancellation,
                                std::optional<std::string_view> forced = std::nullopt) const;

  /// As `answer`, where it costs at most `cost_max`, which is less than Reading; nothing where it
  /// costs more, or where sets would have to be waited for.
  [[nodiscard]] std::optional<base::Result<Answered>> answer_within(
      Cost cost_max, const Question& question, const Visible& visible,
      const Cancellation& cancellation,
      std::optional<std::string_view> forced = std::nullopt) const;

  /// InvalidInput for a name that does not exist; for checking parameters before anything runs.
  static base::Status check_name(std::string_view name);
  /// A name as Answered has it; nothing where no engine has it.
  static std::optional<std::string_view> known_name(std::string_view name);

 private:
  [[nodiscard]] base::Result<Engine*> find(std::string_view name) const;

  std::vector<Engine*> by_cost_;
};

}  // namespace tidemark::query
