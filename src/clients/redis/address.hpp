#pragma once

/// Where a Redis server is, and who asks: `redis://user:password@host:6379/0`.

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

/// Names of files in PEM.
struct Tls {
  bool wanted = false;
  std::string ca = {};           ///< of the authorities; empty: those that the system trusts
  std::string certificate = {};  ///< our own, where the server asks for one
  std::string key = {};
  std::string server_name = {};  ///< for which the certificate must be; empty: the host

  bool operator==(const Tls&) const = default;
};

/// Where the servers of an address are sentinels.
struct Sentinel {
  std::string master = {};  ///< the name under which they watch the server; empty: they are none
  std::string user = {};    ///< of the sentinels themselves
  std::string password = {};

  bool operator==(const Sentinel&) const = default;
};

struct Address {
  std::string host = "127.0.0.1";
  std::uint16_t port = 6379;
  std::string path = {};      ///< of a Unix socket; where it is set, host and port mean nothing
  std::string user = {};      ///< empty: the server's default user
  std::string password = {};  ///< empty: none is sent
  unsigned database = 0;
  std::vector<Endpoint> others = {};  ///< where the first server may be, too
  Tls tls = {};
  Sentinel sentinel = {};

  /// Whether it has to be found out which server is meant.
  [[nodiscard]] bool is_of_several() const { return !others.empty() || !sentinel.master.empty(); }
  /// For logs: everything but the password.
  [[nodiscard]] std::string printable() const;

  bool operator==(const Address&) const = default;
};

/// `redis://[[user]:password@]host[:port][,host[:port]…][/database]`, the host also as `[::1]`: of
/// several the one that takes writes;
/// `redis+sentinel://[[user]:password@]host[:port][,…]/master[/database]`: the one that the
/// sentinels at these addresses name; `rediss://…`, `rediss+sentinel://…`: the same over TLS, with
/// `?ca=FILE&cert=FILE&key=FILE` and `server_name=NAME`, all of which may be left out. Sentinels
/// that want a password of their own:
/// `?sentinel_user=NAME&sentinel_password=PASSWORD`;
/// `unix://[[user]:password@]/path[?db=database]`.
/// User, password, path and parameters may be percent-encoded, and a % in them must be.
///
/// Errors: InvalidInput, which never repeats the text: it holds a password.
base::Result<Address> parse_address(std::string_view text);

}  // namespace tidemark::clients::redis
