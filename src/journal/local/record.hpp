#pragma once

/// One record of the log as bytes: see docs/formats/journal.md.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "journal/journal.hpp"

namespace tidemark::journal::local {

inline constexpr std::size_t kRecordHeaderBytes = 48;
/// Records begin at its multiples, so that a scan for a later record tries an eighth of the places.
inline constexpr std::size_t kRecordAlignment = 8;
static_assert(kRecordHeaderBytes % kRecordAlignment == 0);
static_assert((kRecordAlignment & (kRecordAlignment - 1)) == 0);

/// Random, new for each use of a segment: records of an earlier use do not pass for current ones.
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

/// The bytes of a record on the disk: header, content, and zero to seven bytes of padding.
constexpr std::uint64_t record_bytes(std::uint64_t content_bytes) {
  return (kRecordHeaderBytes + content_bytes + kRecordAlignment - 1) & ~(kRecordAlignment - 1);
}

using Pieces = std::span<const std::span<const std::byte>>;

[[nodiscard]] std::uint64_t hash_content(Salt salt, Pieces pieces);

void encode(const RecordHeader& header, Salt salt, std::span<std::byte, kRecordHeaderBytes> into);

/// Nothing if the bytes are not a header that was written with this salt. The content is not
/// checked.
[[nodiscard]] std::optional<RecordHeader> decode(std::span<const std::byte> bytes, Salt salt);

}  // namespace tidemark::journal::local
