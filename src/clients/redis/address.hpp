#pragma once

/// Where a Redis server is, and who asks: `redis://user:password@host:6379/0`.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tidemark::clients::redis {

struct Address {
  std::string host = "127.0.0.1";
  std::uint16_t port = 6379;
  std::string path = {};      ///< of a Unix socket; where it is set, host and port mean nothing
  std::string user = {};      ///< empty: the server's default user
  std::string password = {};  ///< empty: none is sent
  unsigned database = 0;

  /// For logs: everything but the password.
  [[nodiscard]] std::string printable() const;

  bool operator==(const Address&) const = default;
};

/// `redis://[[user]:password@]host[:port][/database]`, the host also as `[::1]`, or
/// `unix://[[user]:password@]/path[?db=database]`. User, password and path may be percent-encoded.
///
/// Errors: InvalidInput, which never repeats the text: it holds a password.
base::Result<Address> parse_address(std::string_view text);

}  // namespace tidemark::clients::redis
