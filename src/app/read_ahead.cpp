#include "app/read_ahead.hpp"

#include <utility>

#include "base/thread_name.hpp"

namespace tidemark::app {

ReadAhead::ReadAhead(std::unique_ptr<wire::EventReader> reader, std::size_t rows)
    : reader_(std::move(reader)), rows_(rows), thread_([this] { run(); }) {}

ReadAhead::~ReadAhead() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

base::Result<wire::ReadEvents> ReadAhead::next(std::size_t /*rows_max*/) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return waiting_.has_value(); });
  const bool is_last = !*waiting_ || (*waiting_)->rows_count == 0;
  if (is_last) return *waiting_ ? base::Result<wire::ReadEvents>(wire::ReadEvents{}) : *waiting_;
  auto taken = std::move(*waiting_);
  waiting_.reset();
  lock.unlock();
  changed_.notify_all();
  return taken;
}

void ReadAhead::run() {
  base::name_this_thread("reader");
  for (bool more = true; more;) {
    auto read = reader_->next(rows_);
    more = read && read->rows_count > 0;
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return stopping_ || !waiting_; });
    if (stopping_) return;
    waiting_.emplace(std::move(read));
    lock.unlock();
    changed_.notify_all();
  }
}

}  // namespace tidemark::app
