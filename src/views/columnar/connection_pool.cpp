#include "views/columnar/connection_pool.hpp"

#include <cassert>
#include <chrono>
#include <utility>

namespace tidemark::views::columnar {

using clients::duckdb::Connection;

ConnectionPool::Borrowed::~Borrowed() {
  if (connection_) pool_->give_back(std::move(connection_));
}

base::Result<ConnectionPool::Borrowed> ConnectionPool::borrow(const clients::duckdb::Stop& stop) {
  constexpr std::chrono::milliseconds kStopAskedEvery{20};
  std::unique_lock lock(mutex_);
  while (idle_.empty() && unmade_ == 0) {
    returned_.wait_for(lock, kStopAskedEvery);
    // Called without the lock: it may wait for its turn, and threads that have a turn give back
    // here.
    lock.unlock();
    if (stop && stop()) return base::Error{base::ErrorCode::TimedOut, "nobody waits any longer"};
    lock.lock();
  }
  if (!idle_.empty()) {
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    return Borrowed(*this, std::move(connection));
  }
  --unmade_;
  lock.unlock();
  auto made = database_.connect();
  if (!made) {
    lock.lock();
    ++unmade_;
    return made.error();
  }
  return Borrowed(*this, std::make_unique<Connection>(*std::move(made)));
}

void ConnectionPool::give_back(std::unique_ptr<Connection> connection) {
  assert(connection != nullptr);
  {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(connection));
  }
  returned_.notify_one();
}

}  // namespace tidemark::views::columnar
