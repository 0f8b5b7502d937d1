#include "query/questions/user_activity.hpp"

#include <algorithm>
#include <bit>
#include <cassert>

namespace tidemark::query {
namespace {

std::size_t words_for(std::int32_t bits) {
  assert(bits >= 0);
  return static_cast<std::size_t>(bits + 63) / 64;
}

/// words |= words >> by, in place.
void or_shifted_down(std::span<std::uint64_t> words, std::size_t by) {
  assert(by / 64 <= words.size());
  const auto whole = by / 64;
  const auto part = by % 64;
  for (std::size_t i = 0; i + whole < words.size(); ++i) {
    auto moved = words[i + whole] >> part;
    if (part > 0 && i + whole + 1 < words.size()) moved |= words[i + whole + 1] << (64 - part);
    words[i] |= moved;
  }
}

using CountCommon = std::uint64_t (*)(const std::uint64_t*, const std::uint64_t*, std::size_t);

std::uint64_t count_common_plain(const std::uint64_t* a, const std::uint64_t* b, std::size_t n) {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < n; ++i) count += static_cast<unsigned>(std::popcount(a[i] & b[i]));
  return count;
}

#if defined(__x86_64__)
__attribute__((target("popcnt"))) std::uint64_t count_common_popcnt(const std::uint64_t* a,
                                                                    const std::uint64_t* b,
                                                                    std::size_t n) {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < n; ++i) {
    count += static_cast<std::uint64_t>(__builtin_popcountll(a[i] & b[i]));
  }
  return count;
}
#endif

CountCommon pick_count_common() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("popcnt")) return count_common_popcnt;
#endif
  return count_common_plain;
}

}  // namespace

TrailingCounts::TrailingCounts(std::int32_t days, std::int32_t trailing)
    : trailing_(trailing), users_(static_cast<std::size_t>(days)) {
  assert(days >= 0 && trailing >= 1);
}

void TrailingCounts::add(Words words) {
  const auto days = static_cast<std::int32_t>(users_.size());
  const auto count = [this](std::int32_t day) { ++users_[static_cast<std::size_t>(day)]; };
  if (trailing_ == 1) {
    for_each_bit(words, days, count);
    return;
  }
  scratch_.assign(words.begin(), words.end());
  for (std::int32_t width = 1; width < trailing_;) {
    const auto step = std::min(width, trailing_ - width);
    or_shifted_down(scratch_, static_cast<std::size_t>(step));
    width += step;
  }
  for_each_bit(scratch_, days, count);
}

RetentionCounts::RetentionCounts(const Retention& question, std::int32_t bits)
    : cohorts_(question.cohorts),
      windows_(question.windows + 1),
      bits_(bits),
      first_seen_(question.cohort == CohortKind::FirstSeen),
      or_after_(question.mode == ReturnMode::OnOrAfter),
      active_(static_cast<std::size_t>(bits), Set(kBlockWords)),
      users_(static_cast<std::size_t>(cohorts_) * static_cast<std::size_t>(windows_)),
      sizes_(static_cast<std::size_t>(cohorts_)) {
  assert(bits >= 0 && cohorts_ >= 0 && windows_ >= 1);
  // Members of cohort c are those active in c; where that set is changed, they need their own.
  if (first_seen_ || or_after_) {
    members_.assign(static_cast<std::size_t>(std::min(cohorts_, bits_)), Set(kBlockWords));
  }
}

void RetentionCounts::add(Words words, std::int32_t first) {
  assert(block_users_ < kBlockUsers);
  const auto word = block_users_ / 64;
  const auto mask = std::uint64_t{1} << (block_users_ % 64);
  std::int32_t last = -1;
  const auto members_end = static_cast<std::int32_t>(members_.size());
  for_each_bit(words, bits_, [&](std::int32_t bit) {
    last = bit;
    if (!or_after_) active_[static_cast<std::size_t>(bit)][word] |= mask;
    if (bit < members_end && (!first_seen_ || bit == first)) {
      members_[static_cast<std::size_t>(bit)][word] |= mask;
    }
  });
  if (last < 0) return;
  if (or_after_) {
    for (std::int32_t bit = 0; bit <= last; ++bit) {
      active_[static_cast<std::size_t>(bit)][word] |= mask;
    }
  }
  if (++block_users_ == kBlockUsers) count_block();
}

void RetentionCounts::count_block() {
  assert(block_users_ <= kBlockUsers);
  static const CountCommon count_common = pick_count_common();
  const auto used = words_for(static_cast<std::int32_t>(block_users_));
  const auto& members = members_.empty() ? active_ : members_;
  const auto cohorts = std::min(cohorts_, static_cast<std::int32_t>(members.size()));
  for (std::int32_t c = 0; c < cohorts; ++c) {
    const auto& set = members[static_cast<std::size_t>(c)];
    const auto size = count_common(set.data(), set.data(), used);
    sizes_[static_cast<std::size_t>(c)] += size;
    if (size == 0) continue;
    const auto end = std::min(windows_, bits_ - c);
    for (std::int32_t k = 0; k < end; ++k) {
      users_[cell(c, k)] +=
          count_common(set.data(), active_[static_cast<std::size_t>(c + k)].data(), used);
    }
  }
  for (auto* sets : {&active_, &members_}) {
    for (auto& set : *sets) std::fill_n(set.begin(), used, 0);
  }
  block_users_ = 0;
}

std::uint64_t RetentionCounts::size(std::int32_t c) const {
  assert(c >= 0 && c < cohorts_);
  return sizes_[static_cast<std::size_t>(c)];
}
std::uint64_t RetentionCounts::users(std::int32_t c, std::int32_t k) const {
  return users_[cell(c, k)];
}

}  // namespace tidemark::query
