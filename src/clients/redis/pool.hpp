#pragma once

/// A few connections that many threads share.

#include <cassert>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "clients/redis/connection.hpp"
#include "clients/redis/dialer.hpp"

namespace tidemark::clients::redis {

/// Promise:  at most `connections_max` are open. A connection that was lost, or given back in the
///           middle of an exchange, is closed and made anew when it is needed.
/// Errors:   Overloaded: all are in use and stayed so for `wait_max`; otherwise those of Dialer.
/// Threads:  any.
/// Lifetime: the pool must outlive its leases.
class Pool {
 public:
  struct Options {
    std::size_t connections_max = 4;
    std::chrono::milliseconds wait_max{1'000};
    Dialer::Options dialer = {};
  };

  /// One of the pool's connections; it returns to the pool when the lease is destroyed.
  class Lease {
   public:
    Lease(Pool& pool, Connection connection) : pool_(&pool), connection_(std::move(connection)) {}
    ~Lease();
    Lease(Lease&&) noexcept;
    Lease& operator=(Lease&&) = delete;

    [[nodiscard]] Connection& operator*() {
      assert(connection_);
      return *connection_;
    }
    [[nodiscard]] Connection* operator->() {
      assert(connection_);
      return &*connection_;
    }

   private:
    Pool* pool_;
    std::optional<Connection> connection_;  // none after a move
  };

  Pool(Address address, Options options);

  base::Result<Lease> borrow();

  struct Figures {
    std::size_t in_use = 0;
    std::size_t idle = 0;
    std::uint64_t connects = 0;
    std::uint64_t connects_failed = 0;
    std::uint64_t waited_in_vain = 0;  ///< times that `connections_max` was hit for `wait_max`
  };
  [[nodiscard]] Figures figures() const;

 private:
  std::optional<Connection> take_idle();
  void give_back(Connection connection);

  const Options options_;
  mutable std::mutex mutex_;
  std::condition_variable given_back_;
  Dialer dialer_;  // `open` is called without the mutex
  std::vector<Connection> idle_;
  Figures figures_;
};

}  // namespace tidemark::clients::redis
