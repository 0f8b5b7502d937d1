#pragma once

/// Counts users by the bits of their activity: bit i of a user is set where the user was active in
/// period i (see source.hpp).

#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "query/questions/retention.hpp"
#include "query/source.hpp"

namespace tidemark::query {

/// Calls `visit` with the number of each bit that is set below `end`, lowest first.
template <class Visit>
void for_each_bit(Words words, std::int32_t end, Visit&& visit) {
  for (std::size_t word = 0; word < words.size(); ++word) {
    for (auto left = words[word]; left != 0; left &= left - 1) {
      const auto bit = static_cast<std::int32_t>(word * 64) + std::countr_zero(left);
      if (bit >= end) return;
      visit(bit);
    }
  }
}

/// For each of `days` days, counts the users that have a bit among the `trailing` bits that end
/// with that day. Bit 0 is the day `trailing` - 1 days before the first.
class TrailingCounts {
 public:
  TrailingCounts(std::int32_t days, std::int32_t trailing);
  /// Adds one user. `words` has room for days + trailing - 1 bits.
  void add(Words words);
  [[nodiscard]] const std::vector<std::uint64_t>& users() const { return users_; }

 private:
  std::int32_t trailing_;
  std::vector<std::uint64_t> users_;
  std::vector<std::uint64_t> scratch_;
};

/// Counts the cells of a retention. Bit i is period i counted from the first cohort's window 0;
/// cohort c in window k is bit c + k.
///
/// Cost: users are gathered in groups of 65,536 as sets by period, so that even 366 cohorts × 367
///       windows are a few thousand ANDs of 8 KiB each.
class RetentionCounts {
 public:
  /// `bits`: the number of periods from 0 on in which anybody is active, and with OnOrAfter one
  /// more for "after them". Users in periods after `bits` are 0.
  RetentionCounts(const Retention& question, std::int32_t bits);

  /// Adds one user. `first`: the period of the first of all the user's events; only for FirstSeen.
  void add(Words words, std::int32_t first);
  /// The users of cohort c; valid after `finish`.
  [[nodiscard]] std::uint64_t size(std::int32_t c) const;
  /// The users of cohort c in window k.
  [[nodiscard]] std::uint64_t users(std::int32_t c, std::int32_t k) const;
  void finish() { count_block(); }

 private:
  static constexpr std::size_t kBlockUsers = 65'536;
  static constexpr std::size_t kBlockWords = kBlockUsers / 64;
  using Set = std::vector<std::uint64_t>;

  void count_block();
  [[nodiscard]] std::size_t cell(std::int32_t c, std::int32_t k) const {
    assert(c >= 0 && c < cohorts_ && k >= 0 && k < windows_);
    return static_cast<std::size_t>(c) * static_cast<std::size_t>(windows_) +
           static_cast<std::size_t>(k);
  }

  std::int32_t cohorts_;
  std::int32_t windows_;  // windows + 1
  std::int32_t bits_;
  bool first_seen_;
  bool or_after_;
  std::size_t block_users_ = 0;
  std::vector<Set> active_;   // by period
  std::vector<Set> members_;  // by cohort; empty if active_ has the members
  std::vector<std::uint64_t> users_;
  std::vector<std::uint64_t> sizes_;
};

}  // namespace tidemark::query
