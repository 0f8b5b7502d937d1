#pragma once

/// A real PostgreSQL, started by a test on a free port and in a folder of its own.

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <sys/types.h>

namespace tidemark::testing_support {

/// PostgreSQL refuses to run as root: there it runs as `postgres`, or as `nobody`.
///
/// Promise:  its processes end with it, and at the latest with the thread that started it.
/// Errors:   a start that failed ends the test program with the server's log: no test of these
///           makes sense without it.
/// Threads:  one at a time; `start` only by a thread that lives as long as the server is to.
/// Cost:     initdb (1 to 2 s) once a program, 0.3 s for each server after.
class PostgresServer {
 public:
  struct Options {
    /// Syncs to the disk. A kill -9 loses nothing without it either: the system keeps what a
    /// process has written.
    bool durable = false;
    std::vector<std::string> settings = {};  ///< "max_connections=20"
    /// Where its folder is made.
    std::filesystem::path parent = std::filesystem::temp_directory_path();
  };

  /// Starts it, and returns when it takes connections.
  PostgresServer();
  explicit PostgresServer(Options options);
  /// Ends it at once, and removes its folder.
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  /// `postgres://postgres@127.0.0.1:PORT/DATABASE`
  [[nodiscard]] std::string url(const std::string& database = "postgres") const;
  /// Makes an empty database; its URL.
  std::string new_database();
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] const std::filesystem::path& data_folder() const { return data_; }
  [[nodiscard]] bool runs() const { return process_ > 0; }

  /// Again, on the same port, with what the folder holds.
  void start();
  /// In an orderly way; connections are ended.
  void stop();
  /// SIGKILL to all of its processes: nothing is written, closed or said any more.
  void kill();
  /// Another server that follows this one, each commit a moment later; it has what this one has
  /// now.
  std::unique_ptr<PostgresServer> new_standby();
  /// Makes a standby a server of its own, on a new timeline.
  void promote();
  /// Stops it, and starts it as a server that was restored: on a new timeline, as a promoted
  /// standby's is.
  void start_on_new_timeline();

 private:
  /// A copy of `primary`, not started yet.
  PostgresServer(Options options, const PostgresServer& primary);
  void start_on_free_port();
  bool try_start();
  bool wait_until_ready();
  void end_reader();
  void read_log(int from);

  Options options_;
  std::filesystem::path folder_;
  std::filesystem::path data_;
  std::uint16_t port_ = 0;
  pid_t process_ = -1;
  int databases_ = 0;
  std::thread reader_;

  std::mutex mutex_;  // guards the rest
  std::condition_variable changed_;
  std::string log_;
  bool log_ended_ = false;
};

/// One for all tests of the program that leave it as it is, each with a database of its own.
PostgresServer& shared_postgres();

}  // namespace tidemark::testing_support
