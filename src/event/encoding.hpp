#pragma once

/// Rows as the content of a journal record: docs/formats/record.md.

#include <cstddef>
#include <span>

#include "base/result.hpp"
#include "event/event.hpp"
#include "event/id_hash.hpp"
#include "event/stored_rows.hpp"

namespace tidemark::event {

/// The bytes that `encode` will write for these rows; never 0.
std::size_t encoded_bytes(const StoredRows& rows);

/// Writes the rows into `out`, which has exactly encoded_bytes(rows), and makes them point into it.
void encode(StoredRows& rows, std::span<std::byte> out);

/// The inverse of `encode`: rows that point into `content`, numbered from `first`; ids are hashed
/// anew.
///
/// Errors:   for any `content`, the result is rows within the limits of limits.hpp, or Corrupt with
///           the offset; nothing outside of `content` is read.
base::Result<StoredRows> decode(std::span<const std::byte> content, Sequence first,
                                const IdHasher& hasher);

}  // namespace tidemark::event
