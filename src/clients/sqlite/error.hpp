#pragma once

/// Translates a failure of the library into an error of ours.

#include <string_view>

#include "base/result.hpp"

namespace tidemark::clients::sqlite {

/// What a failure means to the caller, by the library's extended result code.
///
/// InvalidInput: a value that a column does not take, or a statement that is none of ours;
/// Conflict: a unique or foreign key is in the way; TooLarge: a value over the library's limit;
/// Overloaded: no memory; Corrupt: the file is damaged, or is no database. Everything else is
/// Unavailable, which is worth trying again once its reason is gone: the disk, its room, rights,
/// another connection that did not let go in time, and also SQL that does not fit the schema.
base::Error error_from(int code, std::string_view message);

}  // namespace tidemark::clients::sqlite
