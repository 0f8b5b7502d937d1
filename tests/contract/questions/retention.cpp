#include "query/questions/retention.hpp"

#include <algorithm>

#include "contract/question_case.hpp"

namespace tidemark::contract {
namespace {

constexpr std::int32_t kForEver = 1'000'000;

void vary(Asked& asked, std::int32_t from, std::int32_t /*to*/, const Below& below) {
  static const std::vector<std::string> kPeriods = {"day", "week", "month"};
  asked.fields = {{"start_date", date_text(from)},
                  {"period", kPeriods[below(kPeriods.size())]},
                  {"cohort", below(2) == 0 ? "active" : "first_seen"},
                  {"mode", below(2) == 0 ? "on" : "on_or_after"},
                  {"windows", std::to_string(below(below(8) == 0 ? 70 : 12))},
                  {"cohorts", std::to_string(1 + below(10))}};
}

/// The first day of window k of cohort c.
std::int32_t window_begin(const Asked& asked, std::int32_t c, std::int32_t k) {
  const auto period = asked.word("period", "day");
  if (period == "month") return month_begin(asked.day("start_date"), c + k);
  const std::int32_t days = period == "week" ? 7 : 1;
  const std::int32_t cohort = asked.day("start_date") + c * days;
  return cohort + k * days;
}

query::RetentionCohort cohort_of(const Asked& asked, const KnownWorld& world, std::int32_t c) {
  const auto begin = window_begin(asked, c, 0);
  const auto end = window_begin(asked, c, 1);
  Users members = world.users(begin, end);
  if (asked.word("cohort", "active") == "first_seen") {
    std::erase_if(members, [&](const std::string& user) {
      return world.first_of.at(user) < begin || world.first_of.at(user) >= end;
    });
  }
  query::RetentionCohort cohort{.date = {begin}, .size = members.size(), .windows = {}};
  for (std::int32_t k = 0; k <= asked.number("windows", 3); ++k) {
    const auto from = window_begin(asked, c, k);
    const auto to = window_begin(asked, c, k + 1);
    query::RetentionWindow window{
        .window = static_cast<std::uint64_t>(k), .date = {from}, .rate = {}};
    window.complete = world.last_day && to - 1 <= *world.last_day;
    if (world.last_day && from <= *world.last_day) {
      const Users back = world.users(from, asked.word("mode", "on") == "on" ? to : kForEver);
      window.users = static_cast<std::uint64_t>(
          std::ranges::count_if(members, [&](const auto& user) { return back.contains(user); }));
      if (!members.empty()) window.rate = {.part = window.users, .whole = members.size()};
    }
    cohort.windows.push_back(window);
  }
  return cohort;
}

query::Answer answer(const Asked& asked, const KnownWorld& world) {
  std::vector<query::RetentionCohort> cohorts;
  for (std::int32_t c = 0; c < asked.number("cohorts", 1); ++c) {
    cohorts.push_back(cohort_of(asked, world, c));
  }
  return {.data = query::table_of(cohorts)};
}

}  // namespace

QuestionCase retention_case() { return {.names = {"retention"}, .vary = vary, .answer = answer}; }

}  // namespace tidemark::contract
