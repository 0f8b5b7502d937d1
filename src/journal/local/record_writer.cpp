#include "journal/local/record_writer.hpp"

#include <algorithm>
#include <cassert>
#include <span>

#include "base/check.hpp"

namespace tidemark::journal::local {

base::Status RecordWriter::write(RecordHeader header, Pieces pieces) {
  // What `decode` refuses would be lost by the next opening.
  TIDEMARK_CHECK(file_ != nullptr && header.count > 0 && header.length <= kContentBytesMax);
  TIDEMARK_CHECK(header.end() > header.first);
  assert(offset_ % kRecordAlignment == 0 && offset_ >= kSegmentHeaderBytes);
  const std::uint64_t begin = offset_ - offset_ % files::kBlockBytes;
  const std::uint64_t end = offset_ + record_bytes(header.length);
  const std::size_t count = (end - begin + files::kBlockBytes - 1) / files::kBlockBytes;
  if (blocks_.size() < count) blocks_.resize(count);

  const auto bytes = std::as_writable_bytes(std::span(blocks_)).first(count * files::kBlockBytes);
  auto rest = bytes.subspan(offset_ - begin);
  header.content_hash = hash_content(salt_, pieces);
  encode(header, salt_, rest.first<kRecordHeaderBytes>());
  rest = rest.subspan(kRecordHeaderBytes);
  for (const auto piece : pieces) {
    TIDEMARK_CHECK(piece.size() <= rest.size());
    std::ranges::copy(piece, rest.begin());
    rest = rest.subspan(piece.size());
  }
  TIDEMARK_CHECK(bytes.size() - rest.size() ==
                 offset_ - begin + kRecordHeaderBytes + header.length);
  std::ranges::fill(rest, std::byte{0});

  auto written = file_->write_at(begin, bytes);
  if (!written) return written;
  offset_ = end;
  // The block in which the next record begins; where that is a new one, what is there is written
  // over.
  if (end % files::kBlockBytes != 0) blocks_.front() = blocks_[count - 1];
  return base::ok;
}

}  // namespace tidemark::journal::local
