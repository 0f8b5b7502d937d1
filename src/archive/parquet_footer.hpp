#pragma once

/// The footer of a Parquet file, as far as it has the types of columns.

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tidemark::archive {

/// The same footer with each column of text (of JSON, of an enumeration) as a column of bytes;
/// columns within structs, lists and maps stay as they are. `footer` must not include its length
/// and the last four letters.
///
/// Errors: InvalidInput if it is not a footer.
base::Result<std::string> with_bytes_for_texts(std::string_view footer);

}  // namespace tidemark::archive
