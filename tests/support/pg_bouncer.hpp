#pragma once

/// A real PgBouncer before a PostgreSQL, started by a test on a free port.

#include <cstdint>
#include <filesystem>
#include <string>

#include <sys/types.h>

namespace tidemark::testing_support {

/// Promise:  each transaction of its clients may go to another one of few sessions of the server.
///           It ends with it, and at the latest with the thread that started it.
/// Errors:   a start that failed ends the test program.
class PgBouncer {
 public:
  struct Options {
    std::string mode = "transaction";
    int sessions_max = 2;  ///< of a database
  };

  explicit PgBouncer(std::uint16_t server_port) : PgBouncer(server_port, Options{}) {}
  PgBouncer(std::uint16_t server_port, Options options);
  ~PgBouncer();
  PgBouncer(const PgBouncer&) = delete;
  PgBouncer& operator=(const PgBouncer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// The same URL of the server, by this.
  [[nodiscard]] std::string by(std::string url) const;

 private:
  bool try_start(const Options& options);

  std::uint16_t server_port_;
  std::uint16_t port_ = 0;
  std::filesystem::path folder_;
  pid_t process_ = -1;
};

}  // namespace tidemark::testing_support
