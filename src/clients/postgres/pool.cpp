#include "clients/postgres/pool.hpp"

#include <cassert>
#include <utility>

namespace tidemark::clients::postgres {

Lease::Lease(Pool& pool, Connection connection)
    : pool_(&pool), connection_(std::move(connection)) {}

Lease::Lease(Lease&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)), connection_(std::move(other.connection_)) {}

Lease::~Lease() {
  assert(pool_ == nullptr || connection_);
  if (pool_ != nullptr) pool_->give_back(std::move(*connection_));
}

Pool::Pool(Options options, Bounds bounds) : options_(std::move(options)), bounds_(bounds) {
  assert(bounds_.connections_max > 0);
}

base::Status Pool::wait_for_room() {
  std::unique_lock lock(mutex_);
  const bool room = returned_.wait_for(lock, bounds_.wait_max,
                                       [this] { return on_loan_ < bounds_.connections_max; });
  if (room) {
    ++on_loan_;
    return base::ok;
  }
  ++refused_;
  return base::Error(base::ErrorCode::Overloaded, "all " + std::to_string(bounds_.connections_max) +
                                                      " connections to PostgreSQL are in use");
}

std::optional<Connection> Pool::take_idle() {
  const std::scoped_lock lock(mutex_);
  while (!idle_.empty()) {
    Connection connection = std::move(idle_.back());
    idle_.pop_back();
    if (connection.usable()) return connection;
    ++lost_;
  }
  return std::nullopt;
}

base::Result<Lease> Pool::take() {
  if (auto room = wait_for_room(); !room) return room.error();
  if (auto idle = take_idle()) return Lease(*this, std::move(*idle));
  auto opened = Connection::open(options_);
  if (opened) return Lease(*this, std::move(*opened));
  {
    const std::scoped_lock lock(mutex_);
    --on_loan_;
  }
  returned_.notify_one();
  return opened.error();
}

void Pool::give_back(Connection connection) {
  {
    const std::scoped_lock lock(mutex_);
    assert(on_loan_ > 0);
    --on_loan_;
    if (connection.usable()) {
      idle_.push_back(std::move(connection));
    } else {
      ++lost_;
    }
  }
  returned_.notify_one();
}

Pool::Figures Pool::figures() const {
  const std::scoped_lock lock(mutex_);
  return {.open = on_loan_ + idle_.size(), .on_loan = on_loan_, .refused = refused_, .lost = lost_};
}

}  // namespace tidemark::clients::postgres
