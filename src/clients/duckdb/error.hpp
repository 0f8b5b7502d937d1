#pragma once

/// Translates a failure of the library into an error of ours.

#include "base/result.hpp"

namespace tidemark::clients::duckdb {

/// What a failure means to the caller, by the kind at the beginning of each message of the library;
/// when preparing a statement, the library gives nothing else.
///
/// InvalidInput: the SQL, or a file that it names, is wrong and stays wrong. Damaged Parquet shows
/// up as several kinds: "Invalid" is what its reader throws without a kind of its own ("Out of
/// buffer", "TProtocolException"), and an error of kind IO is about content unless the system
/// refused something. TooLarge: more memory at once than the limit for all. Overloaded: other work
/// has the memory. TimedOut: stopped. Unavailable: anything else.
///
/// Only the first line is kept, and of a long line its two ends: it may contain a whole value of
/// the file that it complains about, such as somebody's properties. The lines after it have the
/// statement, which is ours and tells a user nothing.
base::Error error_from(const char* text);

}  // namespace tidemark::clients::duckdb
