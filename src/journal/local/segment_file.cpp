#include "journal/local/segment_file.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>

#include "base/hash.hpp"
#include "journal/local/bytes.hpp"

namespace tidemark::journal::local {
namespace {

using base::Error;
using base::ErrorCode;

constexpr std::string_view kMagic = "TMJOURNL";
constexpr std::size_t kHashedBytes = 48;
// Behind that hash lies what says where the segment was begun, with a hash of its own: the program
// of before left zeros there, and looks at none of it.
constexpr std::size_t kOriginAt = 56;
constexpr std::size_t kOriginBytes = 24;
constexpr std::size_t kNumberDigits = 20;  // of the largest 64-bit number
constexpr std::array<std::string_view, 3> kSuffixes = {".log", ".spare", ".new"};
constexpr std::size_t kWindowBytes = std::size_t{1} << 20;
static_assert(kMagic.size() == sizeof(std::uint64_t));
static_assert(kHashedBytes + sizeof(std::uint64_t) == kOriginAt);
static_assert(kOriginAt + kOriginBytes + sizeof(std::uint64_t) <= kSegmentHeaderBytes);
static_assert(kSuffixes.size() == static_cast<std::size_t>(Kind::New) + 1);
static_assert(kWindowBytes % kRecordAlignment == 0);

std::uint64_t origin_hash(std::span<const std::byte> block, Salt salt) {
  return base::hash64(block.subspan(kOriginAt, kOriginBytes), static_cast<std::uint64_t>(salt));
}

/// Nothing where it does not read back.
std::optional<Origin> read_origin(std::span<const std::byte> block, Salt salt) {
  const auto bytes = block.subspan(kOriginAt, kOriginBytes + 8);
  if (std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{0}; })) {
    return Origin{};
  }
  if (load<std::uint64_t>(block, kOriginAt + kOriginBytes) != origin_hash(block, salt)) return {};
  return Origin{.folder = load<std::uint64_t>(block, kOriginAt),
                .epoch = load<std::uint64_t>(block, kOriginAt + 8),
                .manifest = load<std::uint64_t>(block, kOriginAt + 16)};
}

}  // namespace

files::Block encode(const SegmentHeader& header) {
  files::Block whole;
  const std::span<std::byte> block(whole.bytes);
  std::copy_n(std::as_bytes(std::span(kMagic)).begin(), kMagic.size(), block.begin());
  store(block, 8, kSegmentVersion);
  store(block, 16, header.number);
  store(block, 24, header.bytes);
  store(block, 32, static_cast<std::uint64_t>(header.salt));
  store(block, 40, header.synced_to);
  store(block, kHashedBytes, base::hash64(block.first(kHashedBytes)));
  store(block, kOriginAt, header.origin.folder);
  store(block, kOriginAt + 8, header.origin.epoch);
  store(block, kOriginAt + 16, header.origin.manifest);
  store(block, kOriginAt + kOriginBytes, origin_hash(block, header.salt));
  return whole;
}

std::string name_of(SegmentName name) {
  const std::string digits = std::to_string(name.number);
  assert(name.kind <= Kind::New && digits.size() <= kNumberDigits);
  return std::string(kNumberDigits - digits.size(), '0') + digits +
         std::string(kSuffixes[static_cast<std::size_t>(name.kind)]);
}

std::optional<SegmentName> parse_name(std::string_view name) {
  if (name.size() < kNumberDigits) return {};
  SegmentName parsed;
  const auto [end, error] =
      std::from_chars(name.data(), name.data() + kNumberDigits, parsed.number);
  if (error != std::errc() || end != name.data() + kNumberDigits) return {};
  const auto* suffix = std::find(kSuffixes.begin(), kSuffixes.end(), name.substr(kNumberDigits));
  if (suffix == kSuffixes.end()) return {};
  parsed.kind = static_cast<Kind>(suffix - kSuffixes.begin());
  return parsed;
}

base::Result<SegmentFile> open_segment(files::Files& files, const files::Files::Path& path,
                                       std::uint64_t number) {
  auto file = files.open(path, files::Open::Read);
  if (!file) return file.error();
  auto size = (*file)->size();
  if (!size) return size.error();

  std::vector<std::byte> block(kSegmentHeaderBytes);
  auto count = (*file)->read_at(0, block);
  if (!count) return count.error();
  const std::span<const std::byte> bytes(block);
  const bool ours =
      *count == block.size() && std::equal(kMagic.begin(), kMagic.end(), block.begin(),
                                           [](char c, std::byte b) { return std::byte(c) == b; });
  const auto version = load<std::uint32_t>(bytes, 8);
  if (ours && version > kSegmentVersion) {
    return Error{ErrorCode::Conflict, path.string() + " has format version " +
                                          std::to_string(version) + "; this program reads up to " +
                                          std::to_string(kSegmentVersion) +
                                          ": start the newer program that wrote it"};
  }
  SegmentHeader header{.number = load<std::uint64_t>(bytes, 16),
                       .bytes = load<std::uint64_t>(bytes, 24),
                       .salt = Salt{load<std::uint64_t>(bytes, 32)},
                       .synced_to = load<std::uint64_t>(bytes, 40)};
  const auto origin = read_origin(bytes, header.salt);
  const bool whole =
      ours && version == kSegmentVersion && origin &&
      load<std::uint64_t>(bytes, kHashedBytes) == base::hash64(bytes.first(kHashedBytes));
  if (!whole || header.number != number) {
    return Error{ErrorCode::Corrupt,
                 path.string() + ", offset 0: the header of the segment " +
                     (whole ? "belongs to another segment" : "does not read back as written")};
  }
  header.origin = *origin;
  return SegmentFile{.path = path, .header = header, .file = std::move(*file), .file_bytes = *size};
}

base::Result<std::span<const std::byte>> RecordReader::look(std::uint64_t offset,
                                                            std::size_t size) {
  const bool inside = offset >= window_begin_ && offset + size <= window_begin_ + window_.size();
  if (!inside) {
    const std::uint64_t left = segment_.file_bytes - std::min(offset, segment_.file_bytes);
    window_.resize(std::min<std::uint64_t>(std::max(size, kWindowBytes), left));
    auto count = segment_.file->read_at(offset, window_);
    if (!count) return count.error();
    window_.resize(*count);
    window_begin_ = offset;
  }
  assert(offset >= window_begin_ && offset - window_begin_ <= window_.size());
  const auto from_offset = std::span<const std::byte>(window_).subspan(offset - window_begin_);
  return from_offset.first(std::min(size, from_offset.size()));
}

base::Result<std::uint64_t> RecordReader::bytes_of_unfinished() {
  const std::uint64_t block_end = (offset_ / files::kBlockBytes + 1) * files::kBlockBytes;
  auto bytes = look(offset_, block_end - offset_);
  if (!bytes) return bytes.error();
  if (const auto header = decode(*bytes, segment_.header.salt)) return record_bytes(header->length);
  // A whole record is followed by zeros, to the end of its last block.
  if (offset_ % files::kBlockBytes == 0) return std::uint64_t{0};
  const auto last = std::find_if(bytes->rbegin(), bytes->rend(),
                                 [](std::byte byte) { return byte != std::byte{0}; });
  return static_cast<std::uint64_t>(bytes->rend() - last);
}

base::Result<std::optional<RecordReader::Found>> RecordReader::next() {
  const std::optional<Found> none;
  auto head = look(offset_, kRecordHeaderBytes);
  if (!head) return head.error();
  const auto header = decode(*head, segment_.header.salt);
  if (!header || offset_ + kRecordHeaderBytes + header->length > segment_.file_bytes) return none;

  auto whole = look(offset_, kRecordHeaderBytes + header->length);
  if (!whole) return whole.error();
  if (whole->size() != kRecordHeaderBytes + header->length) return none;
  const auto content = whole->subspan(kRecordHeaderBytes);
  const Pieces pieces(&content, 1);
  if (hash_content(segment_.header.salt, pieces) != header->content_hash) return none;

  offset_ += record_bytes(header->length);
  return std::optional<Found>(Found{.header = *header, .content = content});
}

base::Result<std::optional<std::uint64_t>> RecordReader::find_proof_beyond(Sequence expected) {
  std::uint64_t offset = offset_;
  while (offset + kRecordHeaderBytes <= segment_.file_bytes) {
    auto bytes = look(offset, kWindowBytes);
    if (!bytes) return bytes.error();
    if (bytes->size() < kRecordHeaderBytes) break;
    std::size_t at = 0;
    for (; at + kRecordHeaderBytes <= bytes->size(); at += kRecordAlignment) {
      // The header's own hash is proof enough, and keeps content that looks like a thousand
      // headers from costing a thousand hashes of content.
      const auto header = decode(bytes->subspan(at), segment_.header.salt);
      if (header && header->synced_to > expected) return std::optional(offset + at);
    }
    offset += at;
  }
  return std::optional<std::uint64_t>();
}

}  // namespace tidemark::journal::local
