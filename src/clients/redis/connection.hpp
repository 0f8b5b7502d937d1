#pragma once

/// One connection to a Redis server.

#include <chrono>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "clients/redis/address.hpp"
#include "clients/redis/reply.hpp"

namespace tidemark::clients::redis {

/// A command: its name and its arguments, which may hold any bytes.
using Words = std::span<const std::string_view>;

/// Promise:  replies come in the order of their commands. After a failure of the connection it is
///           unknown which of the outstanding commands were done; the connection is then closed for
///           good.
/// Errors:   Unavailable: the server is away, slow, or cut the connection. From `command` also what
///           `error_from` makes of a refusal, after which the connection is still good.
/// Threads:  one at a time.
class Connection {
 public:
  struct Options {
    std::chrono::milliseconds connect_max{2'000};  ///< including the greeting
    /// From the first `read` until everything that was appended has been answered.
    std::chrono::milliseconds command_max{5'000};
    std::size_t reply_bytes_max = std::size_t{512} << 20U;
    std::string name = "tidemark";  ///< as `CLIENT LIST` shows it; no spaces
  };

  /// Connects, logs in and chooses the database; if the address names several servers or sentinels,
  /// connects to the server that takes writes. Resolving a name may take longer than `connect_max`.
  static base::Result<Connection> open(const Address& address, Options options);

  ~Connection();
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;

  /// Sends one command and waits for its reply, which is never an Error reply. No command may be
  /// outstanding. `blocks`: how long the server itself may wait (BLOCK), in addition to
  /// `command_max`.
  base::Result<Reply> command(Words words, std::chrono::milliseconds blocks = {});
  base::Result<Reply> command(std::initializer_list<std::string_view> words,
                              std::chrono::milliseconds blocks = {}) {
    return command(Words(words.begin(), words.size()), blocks);
  }

  /// Takes a command for the next `read` to send. Copies it; does not block.
  void append(Words words);
  void append(std::initializer_list<std::string_view> words) {
    append(Words(words.begin(), words.size()));
  }

  /// Sends the appended commands, and waits for the next reply, which may be of kind Error: the
  /// replies after it must be read all the same.
  base::Result<Reply> read(std::chrono::milliseconds blocks = {});

  /// The number of commands whose reply was not read yet.
  [[nodiscard]] std::size_t outstanding() const;

  /// Whether a command is worth sending: no failure was seen, and the server has neither hung up
  /// nor said that it is a replica now.
  [[nodiscard]] bool alive() const;

 private:
  struct Wire;
  explicit Connection(std::unique_ptr<Wire> wire);

  std::unique_ptr<Wire> wire_;
};

}  // namespace tidemark::clients::redis
