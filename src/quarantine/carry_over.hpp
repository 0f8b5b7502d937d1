#pragma once

/// Moves rejected events from the file of an earlier start to the present quarantine.

#include <cstddef>

#include "base/result.hpp"
#include "files/files.hpp"
#include "quarantine/quarantine.hpp"

namespace tidemark::quarantine {

/// Moves the content of `folder`/quarantine.log into `to`, some events at a time, and removes the
/// file. Returns the number of events. Without a file there is nothing to do.
///
/// Errors:   Unavailable: what was not moved is still in the file, and the next call goes on with
///           it. A crash in between may leave some events in both places, which is harmless: when
///           replayed, they count once.
base::Result<std::size_t> carry_over(files::Files& files, const files::Files::Path& folder,
                                     Bounds bounds, Quarantine& to);

}  // namespace tidemark::quarantine
