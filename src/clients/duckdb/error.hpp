#pragma once

/// What the library says of a failure, as an error of ours.

#include "base/result.hpp"

namespace tidemark::clients::duckdb {

/// What a failure means to the caller, by the kind that the library begins each message with; in
/// preparing it gives nothing else.
///
/// InvalidInput: the SQL, or a file that it names, is not what it should be, and stays so. Parquet
/// that is damaged shows itself in several kinds: "Invalid" is what its reader throws without a
/// kind of its own ("Out of buffer", "TProtocolException"), and what it calls IO is content unless
/// the system refused something. TooLarge: more memory at once than the limit of all. Overloaded:
/// other work has it. TimedOut: stopped. Unavailable: anything else.
///
/// Only the first line is kept, and of a long one its two ends: it may hold a whole value of the
/// file that it complains of, somebody's properties for one. Behind the first line stands the
/// statement, which is ours and tells a user nothing.
base::Error error_from(const char* text);

}  // namespace tidemark::clients::duckdb
