#include "contract/reference.hpp"

#include <algorithm>
#include <stdexcept>

#include "contract/known_world.hpp"
#include "contract/question_case.hpp"

namespace tidemark::contract {

const std::vector<QuestionCase>& question_cases() {
  static const std::vector<QuestionCase> kCases = {active_users_case(), top_events_case(),
                                                   retention_case(), stickiness_case()};
  return kCases;
}

void vary_range(Asked& asked, std::int32_t from, std::int32_t to, const Below& /*below*/) {
  asked.fields["from"] = date_text(from);
  asked.fields["to"] = date_text(to);
}

query::Answer reference_answer(const Asked& asked, std::span<const KnownEvent> events,
                               LocalDays& days) {
  for (const QuestionCase& one : question_cases()) {
    if (std::ranges::find(one.names, asked.what) == one.names.end()) continue;
    return one.answer(asked, look_at(asked, events, days));
  }
  throw std::invalid_argument("no such question: " + asked.what);
}

}  // namespace tidemark::contract
