#pragma once

/// Rows as the content of a journal record: docs/formats/record.md.

#include <cstddef>
#include <span>
#include <vector>

#include "base/result.hpp"
#include "event/event.hpp"
#include "event/id_hash.hpp"

namespace tidemark::event {

/// The rows of one request that are to be stored: a project and an instant of arrival.
struct Portion {
  ProjectId project = ProjectId::Default;
  Micros received_at = 0;
  std::span<const Row* const> rows;
};

/// The bytes that `encode` will write for these portions; never 0.
std::size_t encoded_bytes(std::span<const Portion> portions);

/// Writes the portions into `out`, which has exactly encoded_bytes(portions), and appends to
/// `stored` one row for each, in order, numbered from `first`; their views point into `out`.
void encode(std::span<const Portion> portions, Sequence first, std::span<std::byte> out,
            std::vector<StoredRow>& stored);

/// One portion as it was read: the views point into the bytes that were decoded.
struct DecodedPortion {
  ProjectId project = ProjectId::Default;
  std::vector<StoredRow> rows;
};

/// The inverse of `encode`; ids are hashed anew.
///
/// Errors:   whatever `content` holds, the answer is rows within the limits of limits.hpp or
///           Corrupt with the offset; nothing outside of `content` is read.
base::Result<std::vector<DecodedPortion>> decode(std::span<const std::byte> content, Sequence first,
                                                 const IdHasher& hasher);

}  // namespace tidemark::event
