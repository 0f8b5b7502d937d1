#pragma once

/// The flags of `import` that describe a foreign file.

#include <memory>
#include <optional>

#include "app/commands/command.hpp"
#include "app/import/options.hpp"
#include "base/result.hpp"
#include "wire/rows/mapping.hpp"

namespace tidemark::app {

void add_mapping_options(const Command& command, ImportOptions& options);

/// The mapping of all flags together, a preset first; null if there are no such flags.
/// Errors: InvalidInput, for the user who typed them.
base::Result<std::shared_ptr<const wire::Mapping>> mapping_of(const ImportOptions& options);

/// The character between the cells of CSV, if a flag gives it.
base::Result<std::optional<char>> delimiter_of(const ImportOptions& options);

}  // namespace tidemark::app
