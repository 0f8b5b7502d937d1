#pragma once

/// Splits the work of one answer over both cores: while a question over millions of users is
/// counted, there is mostly no other question.

#include <algorithm>
#include <array>
#include <cstddef>
#include <thread>

#include "base/result.hpp"
#include "base/this_thread.hpp"

namespace tidemark::views::rollup {

/// A question's own thread and one more: two questions at a time are common, more cores are not.
inline constexpr std::size_t kSharesMax = 2;

/// Piece `first`, and every `step`th after it: the early pieces, of old users, have most users.
struct Share {
  std::size_t first = 0;
  std::size_t step = 1;
};

/// Calls `work(Share)` for shares that together are all of `pieces` pieces, in parallel if there
/// are at least `pieces_min` pieces and two cores. Returns when all are done.
///
/// `work` returns a base::Status; the first error is returned.
template <class Work>
base::Status in_shares(std::size_t pieces, std::size_t pieces_min, const Work& work) {
  if (pieces < std::max(pieces_min, kSharesMax) || std::thread::hardware_concurrency() < 2) {
    return work(Share{});
  }
  base::Status theirs = base::ok;
  std::thread helper([&] {
    base::name_this_thread("share");
    theirs = work(Share{.first = 1, .step = kSharesMax});
  });
  auto mine = work(Share{.first = 0, .step = kSharesMax});
  helper.join();
  return mine ? theirs : mine;
}

}  // namespace tidemark::views::rollup
