#pragma once

/// Whether a Redis server keeps what it says it has taken.

#include "base/result.hpp"
#include "clients/redis/connection.hpp"

namespace tidemark::journal::redis {

/// Ok where the server is not a replica, syncs its file before each answer (`appendonly yes`,
/// `appendfsync always`, `no-appendfsync-on-rewrite no`), and refuses rather than forgets when its
/// memory is full (`maxmemory` set, `maxmemory-policy noeviction`). To be asked of every new
/// connection: a server may have been started again with other settings.
///
/// Errors: Unavailable, with all that is missing and what to set; or a server that does not tell
///         (CONFIG is forbidden).
base::Status check_durability(clients::redis::Connection& connection);

}  // namespace tidemark::journal::redis
