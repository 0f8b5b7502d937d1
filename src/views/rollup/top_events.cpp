// The types with most events, and how many users had one.

#include <algorithm>
#include <numeric>

#include "views/rollup/scope_sets.hpp"
#include "views/rollup/shares.hpp"

namespace tidemark::views::rollup {
namespace {

using query::TopEvents;
using query::TopEventsRows;

/// From so many blocks on, of all types, a second thread is worth its start: a block of a season
/// takes 20 µs.
constexpr std::size_t kBlocksToShare = 64;

struct TypeCount {
  std::uint32_t type = 0;
  std::uint64_t events = 0;
  std::string_view name = {};
};

/// The days of the range, and where sixteen of them in a row are all in it, their union.
struct Days {
  std::vector<const Day*> all;
  struct Run {
    std::size_t begin = 0;  ///< of its days in `all`
    std::size_t end = 0;
    std::shared_ptr<const DaySpan> span;  ///< null where there is none
  };
  std::vector<Run> runs;
};

std::vector<const Day*> days_of(const TopEvents& asked, const ScopeSets& sets) {
  std::vector<const Day*> days;
  for (auto on = asked.range.from; on <= asked.range.to; on = on.plus(1)) {
    if (const Day* const day = sets.days().find(on); day != nullptr) days.push_back(day);
  }
  return days;
}

Days days_in_runs(const TopEvents& asked, const ScopeSets& sets) {
  Days days;
  for (auto on = asked.range.from; on <= asked.range.to;) {
    const bool aligned = on.days >= 0 && on.days % DaySpan::kDays == 0;
    const auto last = on.plus(DaySpan::kDays - 1);
    Days::Run run{.begin = days.all.size(), .end = 0, .span = nullptr};
    auto next = on.plus(1);
    if (aligned && last <= asked.range.to && sets.unions() != nullptr) {
      run.span = sets.unions()->span(sets.days(), on.days / DaySpan::kDays);
      next = last.plus(1);
    }
    for (; on < next; on = on.plus(1)) {
      if (const Day* const day = sets.days().find(on); day != nullptr) days.all.push_back(day);
    }
    run.end = days.all.size();
    if (run.begin < run.end) days.runs.push_back(std::move(run));
  }
  return days;
}

/// The first `limit` types by number of events, ties by name.
std::vector<TypeCount> most_frequent(const TopEvents& asked, const ScopeSets& sets,
                                     const std::vector<const Day*>& days) {
  std::vector<std::uint64_t> events(sets.view().type_count);
  for (const Day* const day : days) {
    day->types.for_each([&events](const TypeRow& row) { events[row.type] += row.count; });
  }
  std::vector<TypeCount> counted;
  for (std::uint32_t type = 0; type < events.size(); ++type) {
    if (events[type] > 0 && sets.matches(type)) {
      counted.push_back({.type = type, .events = events[type]});
    }
  }
  const auto names = sets.type_names();
  const auto more = [&names](const TypeCount& a, const TypeCount& b) {
    return a.events != b.events ? a.events > b.events : names[a.type] < names[b.type];
  };
  const auto kept = static_cast<std::ptrdiff_t>(std::min<std::size_t>(counted.size(), asked.limit));
  std::partial_sort(counted.begin(), counted.begin() + kept, counted.end(), more);
  counted.resize(static_cast<std::size_t>(kept));
  for (TypeCount& one : counted) one.name = names[one.type];
  return counted;
}

/// The users of one type, over all the days.
class TypeUnion {
 public:
  TypeUnion(const Days& days, std::uint32_t type) : days_(days), type_(type) {
    for (const Day* const day : days.all) {
      sets_.push_back(day->types.find(type));
      if (sets_.back() == nullptr) continue;
      only_ = ++holding_ == 1 ? sets_.back() : nullptr;
      blocks_ = std::max(blocks_, sets_.back()->blocks());
    }
  }

  [[nodiscard]] std::uint64_t count(BlockBuffer& buffer) const {
    if (only_ != nullptr) return only_->cardinality();
    std::uint64_t users = 0;
    for (std::uint32_t index = 0; index < blocks_; ++index) {
      buffer.clear(0);
      for (const Days::Run& run : days_.runs) add(run, buffer[0], index);
      users += kernels().count(buffer[0]);
    }
    return users;
  }

 private:
  void add(const Days::Run& run, std::uint64_t* bits, std::uint32_t index) const {
    if (run.span != nullptr && run.span->or_into(bits, type_, index)) return;
    for (std::size_t at = run.begin; at < run.end; ++at) {
      if (sets_[at] != nullptr) or_into(bits, sets_[at]->block(index));
    }
  }

  const Days& days_;
  const std::uint32_t type_;
  std::vector<const OrdinalSet*> sets_;  // of each day, null where it has none
  const OrdinalSet* only_ = nullptr;     // where one day alone has one
  std::size_t holding_ = 0;
  std::uint32_t blocks_ = 0;
};

base::Status all_kept(const std::vector<TypeCount>& top, const ScopeSets& sets) {
  for (const TypeCount& one : top) {
    if (!sets.view().limits->keeps(one.type)) {
      return base::Error(base::ErrorCode::CannotAnswer,
                         "rollup has no users of the event type \"" + std::string(one.name) +
                             "\": its memory was short and the type is rare");
    }
  }
  return base::ok;
}

}  // namespace

base::Status can_answer(const TopEvents& asked, const ScopeSets& sets) {
  if (sets.view().limits->keeps_all()) return base::ok;
  return all_kept(most_frequent(asked, sets, days_of(asked, sets)), sets);
}

base::Result<query::Answer> answer(const TopEvents& asked, const ScopeSets& sets,
                                   const query::Cancellation& cancellation) {
  const Days days = days_in_runs(asked, sets);
  const std::vector<TypeCount> top = most_frequent(asked, sets, days.all);
  if (auto kept = all_kept(top, sets); !kept) return kept.error();

  TopEventsRows rows(top.size());
  const bool many = top.size() * sets.blocks() >= kBlocksToShare;
  auto done = in_shares(many ? top.size() : 0, 0, [&](Share share) -> base::Status {
    BlockBuffer buffer(1);
    for (std::size_t i = share.first; i < top.size(); i += share.step) {
      if (auto status = going_on(cancellation); !status) return status;
      rows[i] = {.event_type = std::string(top[i].name),
                 .count = top[i].events,
                 .unique_users = TypeUnion(days, top[i].type).count(buffer)};
    }
    return base::ok;
  });
  if (!done) return done.error();
  return query::answer_of(rows);
}

}  // namespace tidemark::views::rollup
