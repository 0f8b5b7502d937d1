#pragma once

/// One record of the log as bytes: see docs/formats/journal.md.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "journal/journal.hpp"

namespace tidemark::journal::local {

inline constexpr std::size_t kRecordHeaderBytes = 48;
/// Records begin at multiples of it, so that a scan for a later one has an eighth of the places.
inline constexpr std::size_t kRecordAlignment = 8;

/// Random, new for each use of a segment: what an earlier use left there does not pass for ours.
enum class Salt : std::uint64_t {};

struct RecordHeader {
  std::uint32_t length = 0;  ///< of the content
  std::uint32_t count = 0;
  Sequence first = 0;
  /// Every event below was on the disk when this record was written.
  Sequence synced_to = 0;
  std::uint64_t content_hash = 0;

  [[nodiscard]] Sequence end() const { return first + count; }
};

/// What a record takes on the disk: header, content, and zero to seven bytes that mean nothing.
constexpr std::uint64_t record_bytes(std::uint64_t content_bytes) {
  return (kRecordHeaderBytes + content_bytes + kRecordAlignment - 1) & ~(kRecordAlignment - 1);
}

using Pieces = std::span<const std::span<const std::byte>>;

[[nodiscard]] std::uint64_t hash_content(Salt salt, Pieces pieces);

void encode(const RecordHeader& header, Salt salt, std::span<std::byte, kRecordHeaderBytes> into);

/// Nothing where the bytes are not a header that was written with this salt. The content is not
/// looked at.
[[nodiscard]] std::optional<RecordHeader> decode(std::span<const std::byte> bytes, Salt salt);

}  // namespace tidemark::journal::local
