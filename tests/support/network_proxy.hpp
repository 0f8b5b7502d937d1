#pragma once

/// A stretch of network between the program and a server, which a test may break.

#include <chrono>
#include <cstdint>
#include <memory>

namespace tidemark::testing_support {

/// Takes connections on a free port of loopback, and passes their bytes on.
///
/// Promise:  while it passes, each side gets what the other sent, and hears of its end.
/// Threads:  one of its own passes the bytes; its functions may be called from any.
class NetworkProxy {
 public:
  explicit NetworkProxy(std::uint16_t server_port);
  ~NetworkProxy();
  NetworkProxy(const NetworkProxy&) = delete;
  NetworkProxy& operator=(const NetworkProxy&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  /// New connections lead to this server from now on; open ones are cut.
  void lead_to(std::uint16_t server_port);
  /// The same, and open ones stay, for as long as their ends want them: as with a name that another
  /// address was given.
  void lead_new_to(std::uint16_t server_port);

  /// As at first, without delay. What was held back follows.
  void pass();
  /// All connections end, and so does each new one.
  void cut();
  /// Nothing comes through and nothing ends: a cable that was pulled.
  void hold();
  /// Every piece takes so much longer, in either direction.
  void delay(std::chrono::milliseconds time);

 private:
  class Engine;
  std::unique_ptr<Engine> engine_;
};

}  // namespace tidemark::testing_support
