#pragma once

/// A question as text, for whoever keeps answers.

#include <string>

#include "query/question.hpp"

namespace tidemark::query {

/// Equal for questions that have the same answer at every position, as far as that shows: the order
/// of conditions counts, and so does a zone's name. Different for all others. No text of a user's
/// can make it look like another question's.
std::string key_of(const Question& question);

}  // namespace tidemark::query
