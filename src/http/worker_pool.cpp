#include "http/worker_pool.hpp"

#include <algorithm>
#include <cassert>
#include <exception>
#include <iterator>

#include "base/this_thread.hpp"

namespace tidemark::http {

void FairQueue::push(Work work, Asker asker, Turn turn) {
  assert(work);
  auto [at, added] = by_asker_.try_emplace(asker);
  if (added) at->second = lines_.insert(lines_.end(), Line{.asker = asker, .items = {}});
  at->second->items.push_back({.work = std::move(work), .turn = turn});
  ++size_;
}

FairQueue::Work FairQueue::pop() {
  assert(!lines_.empty() && size_ > 0);
  const auto line = lines_.begin();
  assert(!line->items.empty());
  Work work = std::move(line->items.front().work);
  line->items.pop_front();
  --size_;
  if (line->items.empty()) {
    remove(line);
  } else {
    lines_.splice(lines_.end(), lines_, line);
  }
  return work;
}

FairQueue::Work FairQueue::make_room(Asker asker) {
  const auto own = by_asker_.find(asker);
  const std::size_t waiting = own == by_asker_.end() ? 0 : own->second->items.size();
  const auto longest =
      std::ranges::max_element(lines_, {}, [](const Line& line) { return line.items.size(); });
  if (longest == lines_.end() || longest->items.size() <= waiting + 1) return {};
  auto& items = longest->items;
  const auto newest = std::find_if(items.rbegin(), items.rend(),
                                   [](const Item& item) { return item.turn == Turn::First; });
  if (newest == items.rend()) return {};
  Work work = std::move(newest->work);
  items.erase(std::next(newest).base());
  assert(size_ > 0);
  --size_;
  if (items.empty()) remove(longest);
  return work;
}

void FairQueue::remove(Place line) {
  assert(line->items.empty());
  by_asker_.erase(line->asker);
  lines_.erase(line);
}

WorkerPool::WorkerPool(Options options) : options_(std::move(options)) {
  assert(options_.threads > 0);
  for (std::size_t i = 0; i < options_.threads; ++i) {
    threads_.emplace_back([this] { run(); });
  }
}

WorkerPool::~WorkerPool() { stop(); }

bool WorkerPool::try_submit(std::function<void()> work, Ticket ticket) {
  assert(work);
  std::function<void()> displaced;  // destroyed without the lock, because that wakes its waiter
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_ && ticket.turn == Turn::First && queue_.size() >= options_.queue_max) {
      displaced = queue_.make_room(ticket.asker);
      if (!displaced) {
        refused_ += 1;
        return false;
      }
    }
    if (stopping_ || displaced) refused_ += 1;
    if (stopping_) return false;
    queue_.push(std::move(work), ticket.asker, ticket.turn);
  }
  changed_.notify_one();
  return true;
}

void WorkerPool::stop() {
  FairQueue dropped;  // destroyed without the lock, because that wakes the waiters
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    std::swap(dropped, queue_);
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

bool WorkerPool::stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

std::size_t WorkerPool::waiting() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

std::function<void()> WorkerPool::next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
  if (stopping_) return {};
  return queue_.pop();
}

void WorkerPool::run() {
  base::name_this_thread(options_.name.c_str());
  if (options_.nice == 0) {
    base::take_short_turns();
  } else {
    base::be_nice(options_.nice);  // where it may not be, the work is done all the same
  }
  for (;;) {
    const auto work = next();  // gone before the next one is waited for, with all that it holds
    if (!work) return;
    running_ += 1;
    run_guarded(work);
    running_ -= 1;
  }
}

/// An exception that left the thread would end the process, and all that it holds for others.
void WorkerPool::run_guarded(const std::function<void()>& work) noexcept {
  try {
    work();
  } catch (const std::exception& fault) {
    if (options_.on_failure) options_.on_failure(fault.what());
  } catch (...) {
    if (options_.on_failure) options_.on_failure("something that is not a std::exception");
  }
}

}  // namespace tidemark::http
