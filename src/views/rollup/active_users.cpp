// Distinct users of each day, or of the days that trail it.

#include <algorithm>
#include <cassert>
#include <cstring>

#include "views/rollup/scope_sets.hpp"
#include "views/rollup/shares.hpp"

namespace tidemark::views::rollup {
namespace {

using query::ActiveUsers;
using query::ActiveUsersRows;

/// From so many blocks on a second thread is worth its start: a block of a season takes 0.1 ms.
constexpr std::size_t kBlocksToShare = 8;

/// Adds, for one block of users, the users of each window of `width` days to `rows`.
///
/// A union cannot be undone, so a window cannot slide: the days are cut into pieces of `width`, and
/// a window is the end of one piece (unions from each day to its end, made once per piece) and the
/// beginning of the next (one growing union). Two ORs a day, however wide the window is.
class WindowCounts {
 public:
  WindowCounts(const std::vector<SetList>& days, std::size_t width)
      : days_(days), width_(width), buffer_(width + 1) {}

  void add_block(std::uint32_t index, ActiveUsersRows& rows) {
    std::uint64_t* const beginning = buffer_[width_];
    for (std::size_t piece = 0; piece < rows.size(); piece += width_) {
      unite_to_end(piece, index);
      buffer_.clear(width_);
      for (std::size_t i = 0; i < width_ && piece + i < rows.size(); ++i) {
        if (i > 0) or_into(beginning, days_[piece + width_ + i - 1], index);
        rows[piece + i].active_users +=
            i == 0 ? kernels().count(buffer_[0]) : kernels().count_or(buffer_[i], beginning);
      }
    }
  }

 private:
  /// Makes buffer i the union of the days from piece + i to the end of the piece.
  void unite_to_end(std::size_t piece, std::uint32_t index) {
    for (std::size_t i = width_; i-- > 0;) {
      if (i + 1 == width_) {
        buffer_.clear(i);
      } else {
        std::memcpy(buffer_[i], buffer_[i + 1], kBlockBytes);
      }
      or_into(buffer_[i], days_[piece + i], index);
    }
  }

  const std::vector<SetList>& days_;
  const std::size_t width_;
  BlockBuffer buffer_;
};

}  // namespace

base::Result<query::Answer> answer(const ActiveUsers& asked, const ScopeSets& sets,
                                   const query::Cancellation& cancellation) {
  assert(asked.trailing_days >= 1);
  const auto width = static_cast<std::size_t>(asked.trailing_days);
  ActiveUsersRows rows;
  for (auto day = asked.range.from; day <= asked.range.to; day = day.plus(1)) {
    rows.push_back({.date = day, .active_users = 0});
  }

  // Windows are made of whole pieces: the last one may reach beyond the range.
  const auto first = asked.range.from.plus(1 - asked.trailing_days);
  std::vector<SetList> days((rows.size() + width - 1) / width * width + width);
  for (std::size_t i = 0; i < rows.size() + width - 1; ++i) {
    sets.collect(first.plus(static_cast<std::int32_t>(i)), days[i]);
  }

  // One set a day, all users or those of one type: it knows how many they are.
  const auto is_one_set = [](const SetList& of_day) { return of_day.size() <= 1; };
  if (width == 1 && std::ranges::all_of(days, is_one_set)) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (!days[i].empty()) rows[i].active_users = days[i].front()->cardinality();
    }
    return query::answer_of(rows);
  }
  std::array<ActiveUsersRows, kSharesMax> counted{rows, rows};
  auto done = in_shares(sets.blocks(), kBlocksToShare, [&](Share share) -> base::Status {
    WindowCounts counts(days, width);
    for (std::size_t index = share.first; index < sets.blocks(); index += share.step) {
      if (auto status = going_on(cancellation); !status) return status;
      counts.add_block(static_cast<std::uint32_t>(index), counted[share.first]);
    }
    return base::ok;
  });
  if (!done) return done.error();
  for (const auto& part : counted) {
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i].active_users += part[i].active_users;
  }
  return query::answer_of(rows);
}

}  // namespace tidemark::views::rollup
