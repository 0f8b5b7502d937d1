#pragma once

/// Opens connections, and leaves a server that is away alone for growing pauses.

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <random>

#include "base/result.hpp"
#include "clients/redis/address.hpp"
#include "clients/redis/connection.hpp"

namespace tidemark::clients::redis {

/// Pauses that double from `first` to `most`. Each is drawn at random from between its half and its
/// whole, so that many clients of one server do not come back in step.
class Pauses {
 public:
  struct Options {
    std::chrono::milliseconds first{50};
    std::chrono::milliseconds most{5'000};
  };
  Pauses(Options options, std::uint64_t seed);

  std::chrono::milliseconds next();
  void reset() { whole_ = options_.first; }

 private:
  Options options_;
  std::chrono::milliseconds whole_;
  std::mt19937_64 random_;
};

/// Promise:  there is a pause after each failed attempt; during it `ready` refuses at once.
/// Errors:   Unavailable, with the reason of the last failed attempt; the errors of `greet`.
/// Threads:  `open` any number at a time; the others one at a time.
class Dialer {
 public:
  using Clock = std::chrono::steady_clock;
  struct Options {
    Connection::Options connection = {};
    Pauses::Options pauses = {};
    std::uint64_t seed = std::random_device{}();
    /// A check that a new connection must pass before a caller gets it. The thread that calls
    /// `open` calls it.
    std::function<base::Status(Connection&)> greet = {};
    std::function<Clock::time_point()> now = Clock::now;
  };

  Dialer(Address address, Options options);

  /// Ok, or the failure whose pause is still running.
  [[nodiscard]] base::Status ready() const;
  /// One attempt, whatever `ready` returns. Blocks for at most `connect_max` and the greeting, for
  /// each server that the address names.
  [[nodiscard]] base::Result<Connection> open() const;
  /// Notes the outcome of an attempt: begins a pause, or ends the pauses.
  void note(const base::Status& outcome);

  [[nodiscard]] const Address& address() const { return address_; }
  /// If `ready` refuses, the time until which it does.
  [[nodiscard]] Clock::time_point retry_at() const { return retry_at_; }

 private:
  Address address_;
  Options options_;
  Pauses pauses_;
  std::optional<base::Error> last_failure_;
  Clock::time_point retry_at_ = {};
};

}  // namespace tidemark::clients::redis
