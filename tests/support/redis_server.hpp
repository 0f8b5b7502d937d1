#pragma once

/// A real Redis server, started by a test on a free port and in a folder of its own.

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include <sys/types.h>

namespace tidemark::testing_support {

/// Durable unless a test asks for less: an append-only file synced before each answer, and memory
/// that is bounded and never evicted. Its start has failed when `running()` is false. It ends with
/// the thread that has started it.
class RedisServer {
 public:
  /// By the names of redis.conf.
  using Settings = std::map<std::string, std::string>;

  /// `changed` goes before what is written here.
  explicit RedisServer(const Settings& changed = {});
  /// Kills it, if it still runs, and removes its folder.
  ~RedisServer();
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  [[nodiscard]] bool running() const { return process_ > 0; }
  /// What the server printed until it was ready or ended.
  [[nodiscard]] const std::string& said() const { return said_; }

  /// `redis://127.0.0.1:port/0`; the port stays the same over every start.
  [[nodiscard]] std::string url() const;
  [[nodiscard]] std::string unix_url() const;
  [[nodiscard]] std::uint16_t port() const { return port_; }

  /// SIGKILL: what is in no file is lost.
  void kill();
  /// SIGTERM, and waits for its end.
  void stop();
  /// Starts it again over what its folder holds. Returns when it has read that and takes commands.
  bool start();
  /// Other settings for the next start.
  void change(const Settings& changed);
  /// Stops the process where it is, as a machine does that hangs; connections stay open.
  void freeze();
  void thaw();

 private:
  void end(int signal);

  std::filesystem::path folder_;
  Settings settings_;
  pid_t process_ = -1;
  std::uint16_t port_ = 0;
  std::string said_;
};

}  // namespace tidemark::testing_support
