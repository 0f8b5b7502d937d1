#pragma once

/// A real Redis server, started by a test on a free port and in a folder of its own.

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <sys/types.h>

namespace tidemark::testing_support {

/// Durable unless a test asks for less: an append-only file synced before each answer, and memory
/// that is bounded and never evicted. Its start has failed when `running()` is false. It ends with
/// the thread that has started it.
class RedisServer {
 public:
  /// By the names of redis.conf.
  using Settings = std::map<std::string, std::string>;

  /// `changed` goes before what is written here. With a `tls-cert-file` it speaks TLS alone.
  explicit RedisServer(const Settings& changed = {});
  /// A sentinel that watches a server, and makes its replica the first one when it is away.
  static std::unique_ptr<RedisServer> sentinel_of(const std::string& name, std::uint16_t port);
  /// Kills it, if it still runs, and removes its folder.
  ~RedisServer();
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  [[nodiscard]] bool running() const { return process_ > 0; }
  /// What the server printed until it was ready or ended.
  [[nodiscard]] const std::string& said() const { return said_; }

  /// `redis://127.0.0.1:port/0`, with TLS `rediss://`; the port stays the same over every start.
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
  struct Watched {
    std::string name;
    std::uint16_t port = 0;
  };
  RedisServer(const Settings& changed, const Watched& watched);

  void end(int signal);
  void find_port_and_start();
  [[nodiscard]] bool speaks_tls() const { return settings_.contains("tls-cert-file"); }
  [[nodiscard]] std::vector<std::string> command() const;
  [[nodiscard]] std::string write_sentinel_file() const;

  Watched watched_;  ///< of a sentinel
  std::filesystem::path folder_;
  Settings settings_;
  pid_t process_ = -1;
  std::uint16_t port_ = 0;
  std::string said_;
};

}  // namespace tidemark::testing_support
