#pragma once

/// What the server or the library says of a failure, as an error of ours.

#include <string_view>

#include "base/result.hpp"

namespace tidemark::clients::postgres {

/// What a failure means to the caller, by its SQLSTATE; an empty one is the library's own, and the
/// connection's.
///
/// InvalidInput: a value that no column takes (it will not next time); Conflict: a unique or
/// foreign key is in the way, or another transaction that waits for this one (a deadlock);
/// TooLarge: over a limit of the server's on size; Overloaded: it has no connection or memory left;
/// TimedOut: cancelled, over the statement's or a lock's time; Corrupt: its own files are.
/// Everything else is Unavailable, which is worth trying again: the network, a restart, a standby
/// that cannot be written, a full disk, an update from two sides, and also SQL that does not fit
/// the schema, which `migrate up` mends and no caller of ours can.
base::Error error_from(std::string_view sqlstate, std::string_view message);

/// Whether it is the server that was asked, and not what it was asked, that will not do, now or for
/// ever: it is a standby or read-only, in recovery, starting, stopping. Who tries again does so
/// over another connection.
bool tells_of_wrong_server(std::string_view sqlstate);

}  // namespace tidemark::clients::postgres
