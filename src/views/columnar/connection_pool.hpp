#pragma once

/// A bounded number of connections to one DuckDB instance.

#include <cassert>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "base/result.hpp"
#include "clients/duckdb/database.hpp"

namespace tidemark::views::columnar {

/// Threads: any.
class ConnectionPool {
 public:
  /// Returns the connection to the pool when destroyed.
  class Borrowed {
   public:
    Borrowed(ConnectionPool& pool, std::unique_ptr<clients::duckdb::Connection> connection)
        : pool_(&pool), connection_(std::move(connection)) {}
    ~Borrowed();
    Borrowed(Borrowed&& other) noexcept = default;
    Borrowed& operator=(Borrowed&&) = delete;

    clients::duckdb::Connection* operator->() const {
      assert(connection_ != nullptr);
      return connection_.get();
    }
    clients::duckdb::Connection& operator*() const {
      assert(connection_ != nullptr);
      return *connection_;
    }

   private:
    ConnectionPool* pool_;
    std::unique_ptr<clients::duckdb::Connection> connection_;
  };

  ConnectionPool(clients::duckdb::Database& database, std::size_t connections_max)
      : database_(database), unmade_(connections_max) {
    assert(connections_max > 0);
  }

  /// Waits while all connections are in use; TimedOut if `stop` returns true.
  base::Result<Borrowed> borrow(const clients::duckdb::Stop& stop);

 private:
  void give_back(std::unique_ptr<clients::duckdb::Connection> connection);

  clients::duckdb::Database& database_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<clients::duckdb::Connection>> idle_;
  std::size_t unmade_;  // the number of connections that may still be made
};

}  // namespace tidemark::views::columnar
