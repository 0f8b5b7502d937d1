#include "query/questions/stickiness.hpp"

#include <cassert>

#include "query/questions/user_activity.hpp"

namespace tidemark::query {
namespace {

/// For `mau` in the ratio.
constexpr std::int32_t kMonthDays = 30;

std::string words_for(Period interval) {
  switch (interval) {
    case Period::Day:
      return "calendar days";
    case Period::Week:
      return "calendar weeks, which begin on Monday,";
    case Period::Month:
      return "calendar months";
  }
  return "";
}

/// Counts users one by one. Bit i of a user is day i, of which the first `before` only trail.
class Counts {
 public:
  Counts(const Stickiness& asked, std::int32_t before)
      : before_(before), trailing_(asked.range.days(), before + 1) {
    event::LocalDay last{};
    for (auto day = asked.range.from; day <= asked.range.to; day = day.plus(1)) {
      const auto begin = begin_of(asked.interval, day);
      if (interval_of_.empty() || begin != last) ++intervals_;
      last = begin;
      interval_of_.push_back(intervals_);
    }
    users_.resize(intervals_ + 1);
    on_day_.resize(interval_of_.size());
  }

  void add(Words words) {
    trailing_.add(words);
    std::size_t active = 0;
    std::size_t last = 0;  // no interval has this number
    const auto bits = before_ + static_cast<std::int32_t>(interval_of_.size());
    for_each_bit(words, bits, [&](std::int32_t bit) {
      if (bit < before_) return;
      const auto day = static_cast<std::size_t>(bit - before_);
      assert(day < on_day_.size());
      ++on_day_[day];
      if (interval_of_[day] != last) ++active;
      last = interval_of_[day];
    });
    assert(active <= intervals_);
    ++users_[active];
  }

  [[nodiscard]] std::vector<StickinessRow> rows() const {
    std::vector<StickinessRow> rows(intervals_);
    std::uint64_t at_least = 0;
    for (std::size_t k = intervals_; k > 0; --k) {
      at_least += users_[k];
      rows[k - 1] = {.intervals = k, .users = users_[k], .at_least = at_least};
    }
    return rows;
  }
  [[nodiscard]] std::vector<StickinessRatio> ratio(event::LocalDay from) const {
    assert(trailing_.users().size() == on_day_.size());
    std::vector<StickinessRatio> rows;
    for (std::size_t i = 0; i < on_day_.size(); ++i) {
      const auto mau = trailing_.users()[i];
      rows.push_back({.date = from.plus(static_cast<std::int32_t>(i)),
                      .dau = on_day_[i],
                      .mau = mau,
                      .ratio = {.part = on_day_[i], .whole = mau}});
    }
    return rows;
  }

 private:
  std::int32_t before_;
  TrailingCounts trailing_;
  std::size_t intervals_ = 0;
  std::vector<std::size_t> interval_of_;  // of each day, from 1 on
  std::vector<std::uint64_t> users_;      // by the number of intervals
  std::vector<std::uint64_t> on_day_;
};

}  // namespace

std::string Stickiness::definition() const {
  return "Distinct users by the number of " + words_for(interval) + in_zone(scope) +
         " from the first to the last day on which they have at least one " + which_events(scope) +
         "; at_least adds the users of more intervals, and meta.ratio is for each day the users of "
         "the day divided by those of the 30 days that end with it.";
}

base::Result<Answer> fold(const Stickiness& asked, Source& source) {
  constexpr auto kBefore = kMonthDays - 1;
  const Activity activity{.zone = asked.scope.zone.get(),
                          .days = {asked.range.from.plus(-kBefore), asked.range.to},
                          .bits = asked.range.days() + kBefore};
  Counts counts(asked, kBefore);
  auto done = visit_users(source, asked.scope, activity,
                          [&counts](event::Micros, Words words) { counts.add(words); });
  if (!done) return done.error();
  return Answer{.data = table_of(counts.rows()),
                .beside = {{"ratio", table_of(counts.ratio(asked.range.from))}}};
}

}  // namespace tidemark::query
