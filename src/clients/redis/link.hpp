#pragma once

/// A connection that is made anew after a loss.

#include <cstdint>
#include <optional>

#include "base/result.hpp"
#include "clients/redis/connection.hpp"
#include "clients/redis/dialer.hpp"

namespace tidemark::clients::redis {

/// Promise:  connects when it is first needed, and again after a loss: at once, then with growing
///           pauses. No command is ever sent twice: the caller gets the error.
/// Errors:   those of Dialer; during a pause at once.
/// Threads:  one at a time.
class Link {
 public:
  Link(Address address, Dialer::Options options);

  /// An open connection, valid until the next call of this link.
  base::Result<Connection*> connection();

  /// Drops the connection: the next call makes another one.
  void close() { connection_.reset(); }

  [[nodiscard]] const Dialer& dialer() const { return dialer_; }
  [[nodiscard]] std::uint64_t connects() const { return connects_; }

 private:
  Dialer dialer_;
  std::optional<Connection> connection_;
  std::uint64_t connects_ = 0;
};

}  // namespace tidemark::clients::redis
