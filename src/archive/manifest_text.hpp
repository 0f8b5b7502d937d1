#pragma once

/// The bytes of a MANIFEST: docs/formats/manifest.md.

#include <string>
#include <string_view>

#include "archive/manifest.hpp"
#include "base/result.hpp"

namespace tidemark::archive {

std::string manifest_text(const Manifest& manifest);

/// The inverse; `folder` and `leases` stay empty.
///
/// Errors: Corrupt, naming the line, if anything at all does not fit; InvalidInput if a newer
///         version wrote it.
base::Result<Manifest> parse_manifest(std::string_view text);

}  // namespace tidemark::archive
