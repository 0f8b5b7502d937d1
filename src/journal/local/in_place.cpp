#include "journal/local/in_place.hpp"

#include <cassert>
#include <optional>
#include <vector>

namespace tidemark::journal::local {

base::Status write_in_place(files::Files& files, const SegmentFile& segment, InDoubt in_doubt) {
  assert(in_doubt.from_offset >= kSegmentHeaderBytes);
  RecordReader reader(segment, in_doubt.from_offset);
  std::optional<std::uint64_t> first;
  Sequence end = in_doubt.synced_to;
  while (true) {
    const std::uint64_t offset = reader.offset();
    auto found = reader.next();
    if (!found) return found.error();
    if (!*found) break;
    const RecordHeader& header = (*found)->header;
    if (header.end() <= in_doubt.synced_to) continue;
    if (!first) first = offset;
    end = header.end();
  }
  if (!first && in_doubt.end <= in_doubt.synced_to) return base::ok;

  const base::Error changed(base::ErrorCode::Corrupt,
                            segment.path.string() + ": two readings of the end of the file differ");
  if (!first || end != in_doubt.end) return changed;
  const std::uint64_t begin = *first - *first % files::kBlockBytes;
  const std::uint64_t bytes_count = reader.offset() - begin;
  assert(begin < reader.offset());
  std::vector<files::Block> blocks((bytes_count + files::kBlockBytes - 1) / files::kBlockBytes);
  const auto bytes = std::as_writable_bytes(std::span(blocks));
  auto count = segment.file->read_at(begin, bytes);
  if (!count) return count.error();
  if (*count != bytes.size()) return changed;

  auto file = files.open(segment.path, files::Open::Direct);
  if (!file) return file.error();
  auto written = (*file)->write_at(begin, bytes);
  if (!written) return written;
  return (*file)->sync();
}

}  // namespace tidemark::journal::local
