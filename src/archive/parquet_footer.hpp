#pragma once

/// The footer of a Parquet file, as far as types of columns stand in it.

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tidemark::archive {

/// The same footer, in which a column of text (of JSON, of an enumeration) is one of bytes; columns
/// within structs, lists and maps stay as they are. `footer` is without its length and the last
/// four letters.
///
/// Errors: InvalidInput where it is none.
base::Result<std::string> with_bytes_for_texts(std::string_view footer);

}  // namespace tidemark::archive
