#pragma once

/// A question as text, for caches of answers.

#include <string>

#include "query/question.hpp"

namespace tidemark::query {

/// Equal for questions that have the same answer at every position, as far as the text shows it:
/// the order of conditions counts, and so does the name of a zone. Different for all other
/// questions. A user's text cannot make one question look like another.
std::string key_of(const Question& question);

}  // namespace tidemark::query
