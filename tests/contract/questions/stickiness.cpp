#include "query/questions/stickiness.hpp"

#include <map>
#include <set>

#include "contract/question_case.hpp"

namespace tidemark::contract {
namespace {

void vary(Asked& asked, std::int32_t from, std::int32_t to, const Below& below) {
  static const std::vector<std::string> kIntervals = {"day", "week", "month"};
  vary_range(asked, from, to, below);
  asked.fields["interval"] = kIntervals[below(kIntervals.size())];
}

/// The first day of the interval: any day of it tells which it is.
std::int32_t interval_of(const std::string& interval, std::int32_t day) {
  if (interval == "month") return month_begin(day, 0);
  if (interval == "day") return day;
  constexpr std::int32_t kSomeMonday = -703;  // 1968-01-29
  return day - (day - kSomeMonday) % 7;
}

query::Answer answer(const Asked& asked, const KnownWorld& world) {
  const auto interval = asked.word("interval", "day");
  std::set<std::int32_t> intervals;
  std::map<std::string, std::set<std::int32_t>> active_in;
  std::vector<query::StickinessRatio> ratio;
  for (auto day = asked.day("from"); day <= asked.day("to"); ++day) {
    intervals.insert(interval_of(interval, day));
    const Users today = world.users(day, day + 1);
    for (const auto& user : today) active_in[user].insert(interval_of(interval, day));
    const auto month = world.users(day - 29, day + 1).size();
    ratio.push_back({.date = {day},
                     .dau = today.size(),
                     .mau = month,
                     .ratio = {.part = today.size(), .whole = month}});
  }
  std::vector<query::StickinessRow> rows;
  for (std::size_t k = 1; k <= intervals.size(); ++k) {
    query::StickinessRow row{.intervals = k};
    for (const auto& [user, in] : active_in) {
      if (in.size() == k) ++row.users;
      if (in.size() >= k) ++row.at_least;
    }
    rows.push_back(row);
  }
  return {.data = query::table_of(rows), .beside = {{"ratio", query::table_of(ratio)}}};
}

}  // namespace

QuestionCase stickiness_case() { return {.names = {"stickiness"}, .vary = vary, .answer = answer}; }

}  // namespace tidemark::contract
