#include "journal/local/next_segment.hpp"

#include <cassert>
#include <chrono>

#include "base/this_thread.hpp"

namespace tidemark::journal::local {
namespace {

constexpr std::chrono::seconds kRetryAfter{1};

}  // namespace

NextSegment::NextSegment(SegmentStock& stock, bool ahead) : stock_(stock) {
  if (ahead) thread_ = std::thread([this] { make_until_stopped(); });
}

NextSegment::~NextSegment() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

base::Result<ReadySegment> NextSegment::take() {
  if (!thread_.joinable()) return stock_.make();

  std::unique_lock lock(mutex_);
  if (!ready_) {
    const std::uint64_t before = attempts_;
    wanted_ = true;
    changed_.notify_all();
    changed_.wait(lock, [&] { return ready_ || attempts_ > before; });
  }
  assert(ready_ || error_);
  if (!ready_) return *error_;
  base::Result<ReadySegment> taken = std::move(*ready_);
  ready_.reset();
  changed_.notify_all();
  return taken;
}

bool NextSegment::is_ready() const {
  const std::lock_guard lock(mutex_);
  return ready_.has_value();
}

void NextSegment::make_until_stopped() {
  base::name_this_thread("next segment");
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (ready_) {
      changed_.wait(lock, [&] { return stopping_ || !ready_; });
      continue;
    }
    wanted_ = false;
    lock.unlock();
    auto made = stock_.make();
    lock.lock();
    ++attempts_;
    if (made) {
      assert(!ready_);
      ready_ = std::move(*made);
    } else {
      error_ = made.error();
    }
    changed_.notify_all();
    if (!ready_) changed_.wait_for(lock, kRetryAfter, [&] { return stopping_ || wanted_; });
  }
}

}  // namespace tidemark::journal::local
