#include "clients/redis/pool.hpp"

#include <cassert>
#include <utility>

namespace tidemark::clients::redis {

using base::Error;
using base::ErrorCode;

Pool::Lease::Lease(Lease&& from) noexcept
    : pool_(from.pool_), connection_(std::exchange(from.connection_, std::nullopt)) {}

Pool::Lease::~Lease() {
  if (connection_) pool_->give_back(std::move(*connection_));
}

Pool::Pool(Address address, Options options)
    : options_(std::move(options)), dialer_(std::move(address), options_.dialer) {
  assert(options_.connections_max > 0);
}

std::optional<Connection> Pool::take_idle() {
  while (!idle_.empty()) {
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    if (connection.alive()) return connection;
  }
  return std::nullopt;
}

base::Result<Pool::Lease> Pool::borrow() {
  std::unique_lock lock(mutex_);
  const auto free = [&] { return figures_.in_use < options_.connections_max; };
  if (!given_back_.wait_for(lock, options_.wait_max, free)) {
    ++figures_.waited_in_vain;
    return Error{ErrorCode::Overloaded, "all connections to Redis are in use"};
  }
  if (auto idle = take_idle()) {
    ++figures_.in_use;
    return Lease(*this, std::move(*idle));
  }
  if (auto ready = dialer_.ready(); !ready) return ready.error();
  ++figures_.in_use;
  lock.unlock();
  auto opened = dialer_.open();
  lock.lock();
  if (!opened) {
    assert(figures_.in_use > 0);
    --figures_.in_use;
    ++figures_.connects_failed;
    dialer_.note(opened.error());
    given_back_.notify_one();
    return opened.error();
  }
  ++figures_.connects;
  dialer_.note(base::ok);
  return Lease(*this, std::move(*opened));
}

void Pool::give_back(Connection connection) {
  const std::lock_guard lock(mutex_);
  assert(figures_.in_use > 0);
  --figures_.in_use;
  if (connection.outstanding() == 0 && connection.alive()) idle_.push_back(std::move(connection));
  given_back_.notify_one();
}

Pool::Figures Pool::figures() const {
  const std::lock_guard lock(mutex_);
  auto figures = figures_;
  figures.idle = idle_.size();
  return figures;
}

}  // namespace tidemark::clients::redis
