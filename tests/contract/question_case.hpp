#pragma once

/// What the tests know of each question: how to ask it at random, and its answer, slow and written
/// without looking at any engine. One file each, in questions/.

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "contract/asked.hpp"
#include "contract/known_world.hpp"
#include "query/answer.hpp"

namespace tidemark::contract {

/// A random number below another.
using Below = std::function<std::size_t(std::size_t)>;

struct QuestionCase {
  std::vector<std::string> names;
  /// Sets the fields of a question about these days, or about days near them.
  void (*vary)(Asked& asked, std::int32_t from, std::int32_t to, const Below& below);
  query::Answer (*answer)(const Asked& asked, const KnownWorld& world);
};

QuestionCase active_users_case();
QuestionCase top_events_case();
QuestionCase retention_case();
QuestionCase stickiness_case();

/// All of them.
const std::vector<QuestionCase>& question_cases();

/// Asks for the whole range.
void vary_range(Asked& asked, std::int32_t from, std::int32_t to, const Below& below);

}  // namespace tidemark::contract
