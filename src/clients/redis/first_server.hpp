#pragma once

/// Finds the first of several Redis servers, the one that takes writes.

#include "base/result.hpp"
#include "clients/redis/address.hpp"
#include "clients/redis/connection.hpp"

namespace tidemark::clients::redis {

/// Asks the sentinels of the address where their master is, or each of its servers whether it is
/// the master. Only a server's own word counts: after a failover a sentinel may not know the new
/// master yet, and the former master may not know that it no longer is one.
///
/// Errors: Unavailable, with what each server said. Blocks for at most `connect_max` and
///         `command_max` for each address.
base::Result<Connection> open_first_server(const Address& address,
                                           const Connection::Options& options);

}  // namespace tidemark::clients::redis
