#pragma once

/// Checks that a Redis server keeps what it confirms.

#include "base/result.hpp"
#include "clients/redis/connection.hpp"

namespace tidemark::journal::redis {

/// Ok if the server is not a replica, syncs its file before each answer (`appendonly yes`,
/// `appendfsync always`, `no-appendfsync-on-rewrite no`), and refuses writes rather than dropping
/// data when its memory is full (`maxmemory` set, `maxmemory-policy noeviction`). Call it for every
/// new connection: a server may have restarted with other settings.
///
/// Errors: Unavailable, with all that is missing and what to set, also if the server does not tell
///         its settings (CONFIG is forbidden).
base::Status check_durability(clients::redis::Connection& connection);

}  // namespace tidemark::journal::redis
