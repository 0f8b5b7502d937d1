#pragma once

/// Files that are only read, and of which there may be more than descriptors.

#include <memory>

#include "files/files.hpp"

namespace tidemark::files {

/// Whether the process may have so few files open (below 1,024) that a file which is read now and
/// then must not keep a descriptor.
bool descriptors_are_scarce();

/// A file for reading that each read opens anew: some microseconds more, and no descriptor in
/// between. It need not exist yet.
///
/// Errors:   those of Files::open, from `read_at` and `size`: NotFound if the file does not exist.
/// Lifetime: `files` must outlive it.
std::unique_ptr<File> on_demand(Files& files, Files::Path path);

}  // namespace tidemark::files
