#pragma once

/// A bounded number of connections for callers that need one for a moment.

#include <cassert>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "clients/postgres/connection.hpp"
#include "clients/postgres/options.hpp"

namespace tidemark::clients::postgres {

class Pool;

/// A connection on loan; it returns to the pool when the lease is destroyed.
class Lease {
 public:
  Lease(Pool& pool, Connection connection);
  Lease(Lease&& other) noexcept;
  Lease& operator=(Lease&&) = delete;
  ~Lease();

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
  std::optional<Connection> connection_;
};

/// Promise:  at most `connections_max` are open. A connection that is lost, left within a
///           transaction, too old, or leads to a server that does not meet the needs is closed, and
///           made anew when it is needed.
/// Errors:   `take`: Overloaded if none came back in time, and as Connection::open.
/// Threads:  any.
/// Lifetime: must outlive its leases.
class Pool {
 public:
  struct Bounds {
    std::size_t connections_max = 8;
    std::chrono::milliseconds wait_max{5'000};  ///< for a connection that is on loan
  };

  Pool(Options options, Bounds bounds);
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  base::Result<Lease> take();

  struct Figures {
    std::size_t open = 0;
    std::size_t on_loan = 0;
    std::uint64_t refused = 0;  ///< Overloaded since the start
    std::uint64_t lost = 0;     ///< closed since the start because unusable
  };
  [[nodiscard]] Figures figures() const;

 private:
  friend class Lease;
  void give_back(Connection connection);
  base::Status wait_for_room();
  std::optional<Connection> take_idle();

  Options options_;
  Bounds bounds_;

  mutable std::mutex mutex_;  // guards the rest
  std::condition_variable returned_;
  std::vector<Connection> idle_;  // the most recently used one is taken first
  std::size_t on_loan_ = 0;
  std::uint64_t refused_ = 0;
  std::uint64_t lost_ = 0;
};

}  // namespace tidemark::clients::postgres
