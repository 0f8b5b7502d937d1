#include "journal/local/segment_stock.hpp"

#include <algorithm>
#include <cassert>
#include <tuple>

#include <sys/random.h>

#include "base/check.hpp"

namespace tidemark::journal::local {
namespace {

constexpr std::size_t kZeroBytes = std::size_t{1} << 20;
static_assert(kZeroBytes % files::kBlockBytes == 0);

Salt random_salt() {
  std::uint64_t salt = 0;
  // Up to 256 bytes come whole once the system is up (getrandom(2)).
  TIDEMARK_CHECK(::getrandom(&salt, sizeof(salt), 0) == ssize_t{sizeof(salt)});
  return Salt{salt};
}

}  // namespace

base::Status SegmentStock::adopt(SegmentName spare) {
  const auto path = folder_ / name_of(spare);
  {
    auto file = files_.open(path, files::Open::Read);
    if (!file) return file.error();
    auto size = (*file)->size();
    if (!size) return size.error();
    const std::lock_guard lock(mutex_);
    if (*size == options_.segment_bytes && spares_.size() < options_.spares_max) {
      spares_.push_back(spare.number);
      return base::ok;
    }
  }
  return files_.remove(path);
}

std::optional<std::uint64_t> SegmentStock::take_spare() {
  const std::lock_guard lock(mutex_);
  if (spares_.empty()) return {};
  const std::uint64_t number = spares_.back();
  spares_.pop_back();
  return number;
}

base::Status SegmentStock::create_zeroed(const files::Files::Path& path, std::uint64_t bytes) {
  assert(bytes % files::kBlockBytes == 0);
  // Asked first, so that a full disk is not filled and emptied again with every attempt.
  auto free = files_.free_bytes(folder_);
  if (!free) return free.error();
  if (*free < bytes || *free - bytes < options_.disk_free_bytes_min) {
    return base::Error{base::ErrorCode::Overloaded,
                       "the disk has " + std::to_string(*free) +
                           " bytes left, a journal segment needs " + std::to_string(bytes) +
                           ", and " + std::to_string(options_.disk_free_bytes_min) +
                           " must stay free (disk_free_bytes_min)"};
  }
  auto created = files_.open(path, files::Open::Create);
  if (!created) return created.error();
  auto file = files_.open(path, files::Open::Direct);
  if (!file) return file.error();
  // Zeros, not fallocate: into blocks that were never written the first fdatasync also has to
  // write the file system's journal (0.19 against 0.10 ms).
  const std::vector<files::Block> blocks(kZeroBytes / files::kBlockBytes);
  const auto zeros = std::as_bytes(std::span(blocks));
  for (std::uint64_t offset = 0; offset < bytes; offset += zeros.size()) {
    const auto part = std::min<std::uint64_t>(bytes - offset, zeros.size());
    auto written = (*file)->write_at(offset, zeros.first(part));
    if (!written) return written;
  }
  return base::ok;
}

base::Result<ReadySegment> SegmentStock::make_from(const files::Files::Path& path,
                                                   const SegmentHeader& header, const Fill& fill) {
  assert(header.bytes >= kSegmentHeaderBytes && header.bytes % files::kBlockBytes == 0);
  auto file = files_.open(path, files::Open::Direct);
  if (!file) return file.error();
  const files::Block block = encode(header);
  auto written = (*file)->write_at(0, block.bytes);
  if (!written) return written.error();
  RecordWriter records(**file, header.salt);
  if (fill) {
    auto filled = fill(records);
    if (!filled) return filled.error();
  }
  TIDEMARK_CHECK(records.offset() <= header.bytes);
  auto synced = (*file)->sync();
  if (!synced) return synced.error();
  const auto named = folder_ / name_of({.number = header.number, .kind = Kind::Log});
  auto renamed = files_.rename(path, named);
  if (!renamed) return renamed.error();
  auto kept = files_.sync_folder(folder_);
  if (!kept) return kept.error();
  return ReadySegment{
      .path = named, .header = header, .file = std::move(*file), .writer = std::move(records)};
}

base::Result<ReadySegment> SegmentStock::make(const Content& content) {
  SegmentHeader header{.bytes = std::max(options_.segment_bytes, content.bytes_min),
                       .salt = random_salt(),
                       .synced_to = content.synced_to};
  if (options_.origin) {
    auto origin = options_.origin();
    if (!origin) return origin.error().while_doing("making a journal segment");
    header.origin = *origin;
  }
  {
    const std::lock_guard lock(mutex_);
    header.number = next_number_++;
  }
  std::optional<std::uint64_t> spare;
  if (header.bytes == options_.segment_bytes) spare = take_spare();
  const auto path =
      folder_ / name_of(spare ? SegmentName{.number = *spare, .kind = Kind::Spare}
                              : SegmentName{.number = header.number, .kind = Kind::New});
  base::Status there = base::ok;
  if (!spare) there = create_zeroed(path, header.bytes);
  auto ready =
      there ? make_from(path, header, content.fill) : base::Result<ReadySegment>(there.error());
  if (ready) return ready;
  // The first error is the one that is told. What cannot be removed either is removed, or read
  // as an empty segment, by the next opening.
  std::ignore = files_.remove(path);
  std::ignore = files_.remove(folder_ / name_of({.number = header.number, .kind = Kind::Log}));
  return ready.error().while_doing("making a journal segment");
}

base::Status SegmentStock::give_back(std::vector<UsedSegment>& segments) {
  std::vector<std::uint64_t> renamed;
  base::Status result = base::ok;
  while (!segments.empty() && result) {
    const UsedSegment& segment = segments.front();
    const auto path = folder_ / name_of({.number = segment.number, .kind = Kind::Log});
    if (segment.file_bytes == options_.segment_bytes &&
        spares() + renamed.size() < options_.spares_max) {
      result =
          files_.rename(path, folder_ / name_of({.number = segment.number, .kind = Kind::Spare}));
      if (result) renamed.push_back(segment.number);
    } else {
      result = files_.remove(path);
    }
    if (result) segments.erase(segments.begin());
  }
  if (renamed.empty()) return result;
  // Only what can no longer come back under its old name may be written again.
  auto kept = files_.sync_folder(folder_);
  if (!kept) return kept;
  const std::lock_guard lock(mutex_);
  spares_.insert(spares_.end(), renamed.begin(), renamed.end());
  return result;
}

std::size_t SegmentStock::spares() const {
  const std::lock_guard lock(mutex_);
  return spares_.size();
}

}  // namespace tidemark::journal::local
