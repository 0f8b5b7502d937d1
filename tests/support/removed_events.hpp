#pragma once

/// Takes events out of the archive of a folder that nobody holds, as a deletion will.

#include <filesystem>
#include <functional>

#include "base/result.hpp"
#include "event/event.hpp"

namespace tidemark::testing_support {

/// Writes each segment anew without the events that `removed` names; one that has none left becomes
/// an emptied range. The ids stay known. The views are deleted: they are made anew.
base::Status remove_events(const std::filesystem::path& data_dir,
                           const std::function<bool(event::Sequence)>& removed);

}  // namespace tidemark::testing_support
