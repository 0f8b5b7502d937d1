#include "views/rollup/set_source.hpp"

#include <algorithm>
#include <cassert>

namespace tidemark::views::rollup {

std::vector<SetList> SetSource::lists_of(const query::Activity& activity) const {
  const auto bits = static_cast<std::size_t>(activity.bits);
  std::vector<SetList> lists(bits + (activity.later ? 1 : 0));
  sets_.days().for_each_from(activity.days.from, [&](event::LocalDay on, const Day& day) {
    if (on <= activity.days.to) {
      assert(activity.bit_of(on) < activity.bits);
      sets_.collect(day, lists[static_cast<std::size_t>(activity.bit_of(on))]);
    } else if (activity.later) {
      sets_.collect(day, lists[bits]);
    }
  });
  return lists;
}

void SetSource::fill(std::uint32_t block, const std::vector<SetList>& lists, std::size_t words,
                     std::vector<std::uint64_t>& users) const {
  std::ranges::fill(users, 0);
  for (std::size_t bit = 0; bit < lists.size(); ++bit) {
    const std::uint64_t mask = std::uint64_t{1} << (bit % 64);
    for (const OrdinalSet* const set : lists[bit]) {
      set->block(block).for_each([&](std::uint32_t at) { users[at * words + bit / 64] |= mask; });
    }
  }
}

base::Status SetSource::for_each_user(const query::Scope& /*scope*/,
                                      const query::Activity& activity, const VisitUser& visit) {
  assert(activity.bits >= 0);
  const auto lists = lists_of(activity);
  const auto words = static_cast<std::size_t>(activity.words());
  const auto begin = activity.zone->pieces_of(activity.days).front().begin;
  const FirstSeen& seen = *sets_.view().first_seen;
  const auto visit_if_it_counts = [&](std::uint32_t ordinal, query::Words user) {
    if (activity.first_seen) {
      if (const event::Micros since = seen.at(ordinal); since >= begin) visit(since, user);
    } else if (std::ranges::any_of(user, [](std::uint64_t word) { return word != 0; })) {
      visit(0, user);
    }
  };
  std::vector<std::uint64_t> users(kBlockUsers * words);
  assert(lists.size() <= words * 64);
  for (std::uint32_t index = 0; index < sets_.blocks(); ++index) {
    if (auto status = going_on(cancellation_); !status) return status;
    fill(index, lists, words, users);
    const auto first = static_cast<std::uint32_t>(index * kBlockUsers);
    assert(first < sets_.view().user_count);
    const auto left = static_cast<std::uint32_t>(sets_.view().user_count) - first;
    for (std::uint32_t at = 0; at < std::min<std::uint32_t>(left, kBlockUsers); ++at) {
      visit_if_it_counts(first + at, {&users[at * words], words});
    }
  }
  return base::ok;
}

base::Result<std::vector<query::TypeTotals>> SetSource::totals_by_type(
    const query::Scope& /*scope*/, const std::vector<event::Zone::Piece>& /*pieces*/,
    std::uint32_t /*limit*/) {
  return base::Error{base::ErrorCode::CannotAnswer,
                     "rollup counts the events of whole days, not of pieces of time"};
}

base::Result<std::optional<event::Micros>> SetSource::latest(event::ProjectId /*project*/) {
  const event::Micros latest = sets_.view().latest;
  return latest < 0 ? std::optional<event::Micros>() : std::optional(latest);
}

}  // namespace tidemark::views::rollup
