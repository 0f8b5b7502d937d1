#pragma once

/// An event as the rest of the program sees it: checked, with a hash of its id.

#include <compare>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace tidemark::event {

using base::Micros;

/// The owner of an event. What was stored before there were projects belongs to `Default`.
enum class ProjectId : std::uint32_t { Default = 0 };

/// The place of an event in commit order, from 0. Each place is given once; an event that is
/// removed leaves a gap.
using Sequence = std::uint64_t;
inline constexpr Sequence kNoSequence = ~Sequence{0};

/// 128 bits of keyed hash over (project, kind of id, id); see id_hash.hpp. Two ids with one hash
/// count as the same id: with 2^32 ids the chance is below 2^-64, and without the key nobody can
/// cause it on purpose.
struct IdHash {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  auto operator<=>(const IdHash&) const = default;
};

/// One checked event. The views point into bytes of another owner (Batch, TailBlock).
struct Row {
  std::string_view id;  ///< a UUID in lower case, or as sent
  std::string_view user_id;
  std::string_view event_type;
  std::string_view
      properties;  ///< one JSON object, no white space outside strings, no repeated key
  Micros occurred_at = 0;
  IdHash id_hash;
};

/// A row that the ledger has taken.
struct StoredRow : Row {
  Sequence sequence = 0;
  Micros received_at = 0;
};

/// The checked events of one request, and the bytes that they point into.
///
/// Lifetime: `rows` are valid as long as the batch; moving the batch keeps them valid.
struct Batch {
  ProjectId project = ProjectId::Default;
  Micros received_at = 0;
  std::vector<Row> rows;
  /// The memory that the rows point into: the request's body, strings that had to be written anew.
  std::vector<std::shared_ptr<const void>> owners;
};

}  // namespace tidemark::event
