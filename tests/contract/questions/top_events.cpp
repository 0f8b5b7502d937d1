#include "query/questions/top_events.hpp"

#include <algorithm>
#include <map>

#include "contract/question_case.hpp"

namespace tidemark::contract {
namespace {

void vary(Asked& asked, std::int32_t from, std::int32_t to, const Below& below) {
  vary_range(asked, from, to, below);
  asked.fields["limit"] = std::to_string(1 + below(12));
}

query::Answer answer(const Asked& asked, const KnownWorld& world) {
  std::map<std::string, std::vector<std::string>> users_of;  // an entry an event
  for (const auto& event : world.matching) {
    if (event.day < asked.day("from") || event.day > asked.day("to")) continue;
    users_of[event.type].push_back(event.user);
  }
  query::TopEventsRows rows;
  for (const auto& [type, users] : users_of) {
    rows.push_back({.event_type = type,
                    .count = users.size(),
                    .unique_users = Users(users.begin(), users.end()).size()});
  }
  std::ranges::sort(rows, [](const auto& a, const auto& b) {
    return a.count != b.count ? a.count > b.count : a.event_type < b.event_type;
  });
  const auto limit = static_cast<std::size_t>(asked.number("limit", 10));
  if (rows.size() > limit) rows.resize(limit);
  return query::answer_of(rows);
}

}  // namespace

QuestionCase top_events_case() { return {.names = {"top-events"}, .vary = vary, .answer = answer}; }

}  // namespace tidemark::contract
