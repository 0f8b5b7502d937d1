#pragma once

/// A bounded number of conversations with one DuckDB instance.

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
  /// Back in the pool when it goes.
  class Borrowed {
   public:
    Borrowed(ConnectionPool& pool, std::unique_ptr<clients::duckdb::Connection> connection)
        : pool_(&pool), connection_(std::move(connection)) {}
    ~Borrowed();
    Borrowed(Borrowed&& other) noexcept = default;
    Borrowed& operator=(Borrowed&&) = delete;

    clients::duckdb::Connection* operator->() const { return connection_.get(); }
    clients::duckdb::Connection& operator*() const { return *connection_; }

   private:
    ConnectionPool* pool_;
    std::unique_ptr<clients::duckdb::Connection> connection_;
  };

  ConnectionPool(clients::duckdb::Database& database, std::size_t connections_max)
      : database_(database), unmade_(connections_max) {}

  /// Waits while all are in use; TimedOut when `stop` says so.
  base::Result<Borrowed> borrow(const clients::duckdb::Stop& stop);

 private:
  void give_back(std::unique_ptr<clients::duckdb::Connection> connection);

  clients::duckdb::Database& database_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<clients::duckdb::Connection>> idle_;
  std::size_t unmade_;  // may still be made
};

}  // namespace tidemark::views::columnar
