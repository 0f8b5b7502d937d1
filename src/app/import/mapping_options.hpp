#pragma once

/// The flags of `import` that say how a stranger's file is to be read.

#include <memory>
#include <optional>

#include "app/commands/command.hpp"
#include "app/import/options.hpp"
#include "base/result.hpp"
#include "wire/rows/mapping.hpp"

namespace tidemark::app {

void add_mapping_options(const Command& command, ImportOptions& options);

/// What the flags say together, a preset first; null where they say nothing.
/// Errors: InvalidInput, for whoever typed them.
base::Result<std::shared_ptr<const wire::Mapping>> mapping_of(const ImportOptions& options);

/// What stands between the cells of CSV, where that is said.
base::Result<std::optional<char>> delimiter_of(const ImportOptions& options);

}  // namespace tidemark::app
