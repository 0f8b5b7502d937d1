#include "query/questions/active_users.hpp"

#include "contract/question_case.hpp"

namespace tidemark::contract {
namespace {

query::Answer answer(const Asked& asked, const KnownWorld& world) {
  const std::int32_t trailing = asked.what == "dau" ? 1 : asked.what == "wau" ? 7 : 30;
  query::ActiveUsersRows rows;
  for (std::int32_t day = asked.day("from"); day <= asked.day("to"); ++day) {
    rows.push_back(
        {.date = {day}, .active_users = world.users(day - trailing + 1, day + 1).size()});
  }
  return query::answer_of(rows);
}

}  // namespace

QuestionCase active_users_case() {
  return {.names = {"dau", "wau", "mau"}, .vary = vary_range, .answer = answer};
}

}  // namespace tidemark::contract
