#pragma once

/// From the file of an earlier start into what keeps rejected events now.

#include <cstddef>

#include "base/result.hpp"
#include "files/files.hpp"
#include "quarantine/quarantine.hpp"

namespace tidemark::quarantine {

/// Moves what `folder`/quarantine.log keeps into `to`, some events at a time, and removes the file;
/// how many that were. Without a file there is nothing to do.
///
/// Errors:   Unavailable: what was not moved is still in the file, and the next call goes on with
///           it. A crash in between may leave some events in both, which does no harm: replayed,
///           they count once.
base::Result<std::size_t> carry_over(files::Files& files, const files::Files::Path& folder,
                                     Bounds bounds, Quarantine& to);

}  // namespace tidemark::quarantine
