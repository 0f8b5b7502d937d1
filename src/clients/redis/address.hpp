#pragma once

/// The address of a Redis server, and the user that logs in: `redis://user:password@host:6379/0`.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace tidemark::clients::redis {

struct Endpoint {
  std::string host = "127.0.0.1";
  std::uint16_t port = 6379;

  bool operator==(const Endpoint&) const = default;
};

/// Names of PEM files.
struct Tls {
  bool wanted = false;
  std::string ca = {};           ///< of the authorities; empty: those that the system trusts
  std::string certificate = {};  ///< our own, if the server requires one
  std::string key = {};
  std::string server_name = {};  ///< the name that the certificate must have; empty: the host

  bool operator==(const Tls&) const = default;
};

/// For an address whose servers are sentinels.
struct Sentinel {
  std::string master = {};  ///< their name for the server; empty: they are not sentinels
  std::string user = {};    ///< of the sentinels themselves
  std::string password = {};

  bool operator==(const Sentinel&) const = default;
};

struct Address {
  std::string host = "127.0.0.1";
  std::uint16_t port = 6379;
  std::string path = {};      ///< of a Unix socket; if it is set, host and port are ignored
  std::string user = {};      ///< empty: the server's default user
  std::string password = {};  ///< empty: none is sent
  unsigned database = 0;
  std::vector<Endpoint> others = {};  ///< other possible places of the first server
  Tls tls = {};
  Sentinel sentinel = {};

  /// Whether the client has to find out which server is meant.
  [[nodiscard]] bool is_of_several() const { return !others.empty() || !sentinel.master.empty(); }
  /// For logs: everything except the password.
  [[nodiscard]] std::string printable() const;

  bool operator==(const Address&) const = default;
};

/// `redis://[[user]:password@]host[:port][,host[:port]…][/database]`, the host also as `[::1]`: of
/// several servers the one that takes writes;
/// `redis+sentinel://[[user]:password@]host[:port][,…]/master[/database]`: the one that the
/// sentinels at these addresses name;
/// `rediss://…`, `rediss+sentinel://…`: the same over TLS, with the optional parameters
/// `?ca=FILE&cert=FILE&key=FILE` and `server_name=NAME`;
/// `unix://[[user]:password@]/path[?db=database]`.
/// For sentinels with their own password: `?sentinel_user=NAME&sentinel_password=PASSWORD`. User,
/// password, path and parameters may be percent-encoded, and a % in them must be.
///
/// Errors: InvalidInput, which never repeats the text, because it has a password.
base::Result<Address> parse_address(std::string_view text);

}  // namespace tidemark::clients::redis
