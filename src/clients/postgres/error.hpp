#pragma once

/// Translates a failure of the server or the library into an error of ours.

#include <string_view>

#include "base/result.hpp"

namespace tidemark::clients::postgres {

/// What a failure means to the caller, by its SQLSTATE; an empty one comes from the library, and
/// concerns the connection.
///
/// InvalidInput: a value that no column takes (trying again does not help); Conflict: a unique or
/// foreign key is in the way, or another transaction that waits for this one (a deadlock);
/// TooLarge: over a size limit of the server; Overloaded: the server has no connection or memory
/// left; TimedOut: cancelled, or over the time of the statement or of a lock; Corrupt: the server's
/// own files are. Everything else is Unavailable, which is worth trying again: the network, a
/// restart, a standby that cannot be written, a full disk, an update from two sides, and also SQL
/// that does not fit the schema, which only `migrate up` can mend.
base::Error error_from(std::string_view sqlstate, std::string_view message);

/// Whether the server itself is unsuitable, now or for ever, whatever it is asked: it is a standby
/// or read-only, in recovery, starting, stopping. Try again over another connection.
bool tells_of_wrong_server(std::string_view sqlstate);

}  // namespace tidemark::clients::postgres
