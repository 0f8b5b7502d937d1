#pragma once

/// Which of several Redis servers is the first one, the one that takes writes.

#include "base/result.hpp"
#include "clients/redis/address.hpp"
#include "clients/redis/connection.hpp"

namespace tidemark::clients::redis {

/// Asks the sentinels that the address names where their master is, or each of its servers whether
/// it is one. Only a server that says so itself counts: after a failover a sentinel may not know
/// yet, or one that was the first may not know that it is no longer.
///
/// Errors: Unavailable, with what each one said. Blocks for `connect_max` and `command_max` for
/// each
///         address at most.
base::Result<Connection> open_first_server(const Address& address,
                                           const Connection::Options& options);

}  // namespace tidemark::clients::redis
