#pragma once

/// A connection to a database of SQLite, which is one file.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>

#include "base/result.hpp"
#include "clients/sqlite/value.hpp"

namespace tidemark::clients::sqlite {

/// How long a call waits for other connections, of this process and of others, before it gives up.
inline constexpr std::chrono::milliseconds kBusyTimeout{5'000};

struct Options {
  std::chrono::milliseconds busy_timeout = kBusyTimeout;
  /// A change that would make the file larger fails with Unavailable.
  std::int64_t file_bytes_max = std::int64_t{4} << 30U;
};

/// One connection; one statement at a time.
///
/// Promise:  what a statement by itself or a transaction has changed survives a power cut once its
///           call has returned, and after any crash all of it is there or nothing. Several
///           connections, also of several processes, may use one file. While no transaction is
///           under way, the file alone is the whole database.
/// Errors:   see error.hpp. A statement that failed has changed nothing.
/// Threads:  one at a time; calls block for at most the busy timeout and the disk.
/// Lifetime: nothing else in the process may open the file: the system takes a process's locks of a
///           file back as soon as the process closes the file through any descriptor.
class Connection {
 public:
  /// Makes the file, for its user alone (0600), if it is not there; its folder must be.
  static base::Result<Connection> open(const std::filesystem::path& file,
                                       const Options& options = {});

  /// Runs one statement. `$1`, `$2`… stand for `values`; each must occur in it.
  base::Result<Rows> exec(const std::string& sql, std::span<const Value> values);
  base::Result<Rows> exec(const std::string& sql, std::initializer_list<Value> values = {}) {
    return exec(sql, std::span(values.begin(), values.size()));
  }

  /// Runs one or several statements without values and without answers.
  base::Status run(const std::string& sql);

  [[nodiscard]] bool in_transaction() const;

 private:
  using Handle = std::unique_ptr<void, void (*)(void*)>;

  explicit Connection(Handle handle) : handle_(std::move(handle)) {}
  base::Status set_up(const Options& options);

  Handle handle_;
};

}  // namespace tidemark::clients::sqlite
