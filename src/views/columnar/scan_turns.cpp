#include "views/columnar/scan_turns.hpp"

#include <algorithm>
#include <cassert>

namespace tidemark::views::columnar {
namespace {

/// Nobody tells a scan that waits that it was cancelled: it looks.
constexpr std::chrono::milliseconds kCancelledAskedEvery{20};

}  // namespace

ScanTurns::Turn::Turn(ScanTurns& turns, const query::Cancellation& cancellation)
    : turns_(turns), cancellation_(cancellation) {
  Lock lock(turns_.mutex_);
  turns_.wait_for_place(*this, lock);
}

ScanTurns::Turn::~Turn() {
  const Lock lock(turns_.mutex_);
  if (!works_) return;
  assert(turns_.working_ > 0);
  --turns_.working_;
  turns_.admit(turns_.options_.now());
}

bool ScanTurns::Turn::go_on() {
  if (cancellation_.cancelled()) return false;
  assert(works_);
  const auto now = turns_.options_.now();
  const auto worked = now - since_;
  if (worked < turns_.options_.share) return true;
  Lock lock(turns_.mutex_);
  used_ += worked;
  since_ = now;
  if (turns_.waiting_.empty()) return true;
  const Turn& next = **turns_.next_one(now);
  const bool is_its_turn = next.used_ < used_ || now - next.since_ >= turns_.options_.patience;
  if (!is_its_turn) return true;
  works_ = false;
  assert(turns_.working_ > 0);
  --turns_.working_;
  turns_.admit(now);
  turns_.wait_for_place(*this, lock);
  return works_;
}

std::size_t ScanTurns::waiting() const {
  const Lock lock(mutex_);
  return waiting_.size();
}

std::vector<ScanTurns::Turn*>::iterator ScanTurns::next_one(Clock::time_point now) {
  assert(!waiting_.empty());
  if (now - waiting_.front()->since_ >= options_.patience) return waiting_.begin();
  return std::ranges::min_element(waiting_, {}, [](const Turn* turn) { return turn->used_; });
}

void ScanTurns::admit(Clock::time_point now) {
  while (working_ < options_.working_max && !waiting_.empty()) {
    const auto next = next_one(now);
    Turn& turn = **next;
    assert(!turn.works_);
    waiting_.erase(next);
    turn.works_ = true;
    turn.since_ = now;
    ++working_;
    turn.go_.notify_one();
  }
  assert(working_ <= options_.working_max);
}

void ScanTurns::wait_for_place(Turn& turn, Lock& lock) {
  turn.since_ = options_.now();
  waiting_.push_back(&turn);
  admit(turn.since_);
  while (!turn.works_) {
    turn.go_.wait_for(lock, kCancelledAskedEvery);
    if (turn.works_ || !turn.cancellation_.cancelled()) continue;
    std::erase(waiting_, &turn);
    return;
  }
}

}  // namespace tidemark::views::columnar
