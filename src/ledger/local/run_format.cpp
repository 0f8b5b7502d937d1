#include "ledger/local/run_format.hpp"

#include <bit>
#include <cassert>
#include <string>
#include <string_view>

#include "base/check.hpp"
#include "ledger/local/sealed_ids.hpp"

namespace tidemark::ledger::local {
namespace {

using base::Error;
using base::ErrorCode;

constexpr std::string_view kMagic = "TMIDRUN\n";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kChecksumAt = kPageBytes - 4;

/// Goes through the fields in the order in which they lie.
template <class Visit>
void each_field(Visit&& visit, auto& header) {
  visit(header.partition);
  visit(header.partitions);
  visit(header.first);
  visit(header.end);
  visit(header.ids);
  visit(header.slices);
  visit(header.pages_checksum);
  visit(header.index_checksum);
  visit(header.index_bytes);
}

}  // namespace

std::uint32_t header_checksum(std::span<const std::byte, kPageBytes> page) {
  return crc32c(page.first<kChecksumAt>());
}

std::array<std::byte, kPageBytes> encode(const RunHeader& header) {
  TIDEMARK_CHECK(header.partition < kIdPartitions && header.ids <= header.end - header.first);
  std::array<std::byte, kPageBytes> page{};
  assert(header.first <= header.end && std::has_single_bit(header.slices));
  std::memcpy(page.data(), kMagic.data(), kMagic.size());
  std::memcpy(page.data() + kMagic.size(), &kVersion, sizeof kVersion);
  std::size_t at = kMagic.size() + sizeof kVersion;
  each_field(
      [&](const auto& field) {
        std::memcpy(page.data() + at, &field, sizeof field);
        at += sizeof field;
      },
      header);
  assert(at <= kChecksumAt);
  const std::uint32_t sum = header_checksum(page);
  std::memcpy(page.data() + kChecksumAt, &sum, sizeof sum);
  return page;
}

base::Result<RunHeader> decode_header(std::span<const std::byte, kPageBytes> page) {
  if (std::memcmp(page.data(), kMagic.data(), kMagic.size()) != 0) {
    return Error(ErrorCode::Corrupt, "is not a run of ids");
  }
  std::uint32_t version = 0;
  std::memcpy(&version, page.data() + kMagic.size(), sizeof version);
  if (version == 0 || version > kVersion) {
    return Error(ErrorCode::Corrupt, "has version " + std::to_string(version) +
                                         "; this program reads up to " + std::to_string(kVersion));
  }
  std::uint32_t sum = 0;
  std::memcpy(&sum, page.data() + kChecksumAt, sizeof sum);
  if (sum != header_checksum(page)) return Error(ErrorCode::Corrupt, "has a damaged header");

  RunHeader header;
  std::size_t at = kMagic.size() + sizeof version;
  each_field(
      [&](auto& field) {
        std::memcpy(&field, page.data() + at, sizeof field);
        at += sizeof field;
      },
      header);
  const bool plausible = header.partitions == kIdPartitions && header.partition < kIdPartitions &&
                         header.first <= header.end && header.ids <= header.end - header.first &&
                         header.end - header.first <= Page::kOffsetEnd &&
                         std::has_single_bit(header.slices) &&
                         header.index_bytes >= header.fences_and_shapes_bytes();
  if (!plausible) return Error(ErrorCode::Corrupt, "has a header that contradicts itself");
  return header;
}

}  // namespace tidemark::ledger::local
