#include "ledger/local/sorted_run.hpp"

#include <algorithm>
#include <cassert>
#include <string>

#include <sys/mman.h>

#include "base/check.hpp"
#include "files/on_demand.hpp"
#include "ledger/local/sealed_ids.hpp"

namespace tidemark::ledger::local {
namespace {

using base::Error;
using base::ErrorCode;

Error corrupt(const archive::RunFile& run, std::string_view what) {
  return {ErrorCode::Corrupt, "the run of ids " + run.file + " " + std::string(what)};
}

/// Reads exactly `into`.
base::Status read_all(const files::File& file, std::uint64_t offset, std::span<std::byte> into,
                      const archive::RunFile& run) {
  auto count = file.read_at(offset, into);
  if (!count) return count.error();
  if (*count != into.size()) return corrupt(run, "ends too early");
  return base::ok;
}

}  // namespace

RunIndex::RunIndex(std::uint64_t bytes) : bytes_(bytes) {
  // Three reads at random places an id: with pages of 2 MiB few of them miss the TLB as well.
  constexpr std::size_t kHugePage = std::size_t{2} << 20;
  const std::size_t alignment = bytes >= kHugePage ? kHugePage : alignof(std::uint64_t);
  void* memory = nullptr;
  TIDEMARK_CHECK(::posix_memalign(&memory, alignment, std::max<std::size_t>(bytes, 8)) == 0);
  memory_.reset(static_cast<std::byte*>(memory));
  if (bytes >= kHugePage) {
    // A refusal costs a little speed and nothing else.
    (void)::madvise(memory, bytes / kHugePage * kHugePage, MADV_HUGEPAGE);
  }
}

base::Status RunIndex::interpret(const RunHeader& header) {
  const auto pages = static_cast<std::size_t>(header.pages());
  const auto before = static_cast<std::size_t>(header.fences_and_shapes_bytes());
  if (header.index_bytes != bytes_ || before > bytes_ || (bytes_ - before) % 2 != 0) {
    return Error(ErrorCode::Corrupt, "has an index of another size");
  }
  const std::byte* at = memory_.get();
  fences_ = {reinterpret_cast<const Fence*>(at), pages};
  at += (pages + pages % 2) * sizeof(Fence);
  shapes_ = {reinterpret_cast<const FuseShape*>(at), header.slices};
  at += shapes_.size_bytes();
  prints_ = {reinterpret_cast<const std::uint16_t*>(at), (bytes_ - before) / 2};

  for (const FuseShape& shape : shapes_) {
    const bool fits = shape.kind <= FuseShape::Kind::Open &&
                      shape.begin + shape.size() <= prints_.size() &&
                      (shape.segment_length & (shape.segment_length - 1)) == 0 &&
                      (shape.kind != FuseShape::Kind::Fuse || shape.segment_length > 0);
    if (!fits) return Error(ErrorCode::Corrupt, "has a filter of an impossible shape");
  }
  return base::ok;
}

base::Result<std::shared_ptr<const SortedRun>> SortedRun::open(files::Files& files,
                                                               const Path& folder,
                                                               const archive::RunFile& run) {
  const auto path = folder / run.file;
  // A hundred files and more are open here, which a low limit does not leave room for.
  auto file = files::descriptors_are_scarce()
                  ? base::Result<std::unique_ptr<files::File>>(files::on_demand(files, path))
                  : files.open(path, files::Open::Read);
  if (!file) return file.error();
  Page first{};
  if (auto read = read_all(**file, 0, first.bytes(), run); !read) return read.error();
  auto header = decode_header(first.bytes());
  if (!header) return corrupt(run, header.error().message());
  auto size = (*file)->size();
  if (!size) return size.error();

  const bool meant = header_checksum(first.bytes()) == run.checksum && header->first == run.first &&
                     header->end == run.end && header->partition == run.partition_first &&
                     run.partition_end == run.partition_first + 1 && header->ids == run.ids;
  if (!meant) return corrupt(run, "is not the one that the manifest names");
  if (*size != run.bytes || *size != header->file_bytes()) {
    return corrupt(run, "has " + std::to_string(*size) + " bytes instead of " +
                            std::to_string(header->file_bytes()));
  }

  RunIndex index(header->index_bytes);
  auto read = read_all(**file, header->index_offset(), index.bytes(), run);
  if (!read) return read.error();
  if (crc32c(index.bytes()) != header->index_checksum) return corrupt(run, "has a damaged index");
  if (auto fits = index.interpret(*header); !fits) return corrupt(run, fits.error().message());
  return std::make_shared<const SortedRun>(std::move(*file), run, *header, std::move(index));
}

SortedRun::SortedRun(std::unique_ptr<files::File> file, archive::RunFile description,
                     const RunHeader& header, RunIndex index)
    : file_(std::move(file)),
      description_(std::move(description)),
      header_(header),
      index_(std::move(index)) {}

std::size_t SortedRun::memory_bytes() const {
  return sizeof(SortedRun) + description_.file.capacity() + header_.index_bytes;
}

std::size_t SortedRun::rows_of(std::uint64_t page) const {
  assert(page < header_.pages());
  return std::min<std::uint64_t>(kPageIds, header_.ids - page * kPageIds);
}

std::size_t SortedRun::pages_up_to(const IdHash& hash) const {
  // Hashes lie evenly, so the place can be computed to within some lines of the cache. Steps that
  // double find it as well where they do not.
  const auto fences = index_.fences();
  const Fence fence = fence_of(hash);
  std::size_t low = std::min(fence_guess(hash), fences.size());
  std::size_t high = low;
  for (std::size_t step = kFenceStep; low > 0 && fences[low - 1] > fence; step *= 2) {
    high = low;
    low -= std::min(low, step);
  }
  for (std::size_t step = kFenceStep; high < fences.size() && fences[high] <= fence; step *= 2) {
    low = high + 1;
    high = std::min(fences.size(), high + step);
  }
  assert(low <= high && high <= fences.size());
  const auto begin = fences.begin() + static_cast<std::ptrdiff_t>(low);
  const auto end = fences.begin() + static_cast<std::ptrdiff_t>(high);
  return static_cast<std::size_t>(std::upper_bound(begin, end, fence) - fences.begin());
}

base::Result<Sequence> SortedRun::find(const IdHash& hash) const {
  Page page{};
  for (std::size_t at = pages_up_to(hash); at-- > 0;) {
    if (auto read = read_pages(at, std::span(&page, 1)); !read) return read.error();
    std::size_t low = 0;
    std::size_t left = rows_of(at);
    while (left > 0) {  // the first row whose `high` is not less
      const std::size_t half = left / 2;
      const bool less = page.high(low + half) < hash.high;
      low = less ? low + half + 1 : low;
      left = less ? left - half - 1 : half;
    }
    for (; low < rows_of(at) && page.high(low) == hash.high; ++low) {
      if (page.hash(low) == hash) return header_.first + page.offset(low);
    }
    assert(at < index_.fences().size());
    if (index_.fences()[at] < fence_of(hash)) break;
  }
  return kNoSequence;
}

base::Status SortedRun::read_pages(std::uint64_t first, std::span<Page> pages) const {
  assert(first + pages.size() <= header_.pages());
  auto read =
      read_all(*file_, (1 + first) * kPageBytes, std::as_writable_bytes(pages), description_);
  if (!read) return read;
  for (const Page& page : pages) {
    if (page.intact()) continue;
    const auto number = first + static_cast<std::uint64_t>(&page - pages.data());
    return corrupt(description_, "is damaged at byte " + std::to_string((1 + number) * kPageBytes));
  }
  return base::ok;
}

base::Status SortedRun::verify() const {
  Page first{};
  if (auto read = read_all(*file_, 0, first.bytes(), description_); !read) return read;
  if (header_checksum(first.bytes()) != description_.checksum) {
    return corrupt(description_, "has a damaged header");
  }
  RunCursor cursor(*this);
  std::uint64_t ids = 0;
  std::uint32_t pages_checksum = 0;
  IdHash previous;
  for (;;) {
    auto entries = cursor.next();
    if (!entries) return entries.error();
    if (entries->empty()) break;
    for (const Page& page : cursor.pages()) {
      pages_checksum = crc32c(page.bytes().last<4>(), pages_checksum);
    }
    for (const RunEntry& entry : *entries) {
      const FuseShape& shape = index_.shapes()[slice_of(entry.hash, header_.slices)];
      const bool sound =
          (ids == 0 || previous < entry.hash) && entry.sequence < header_.end &&
          partition_of(entry.hash) == header_.partition &&
          may_contain(shape, index_.prints(), filter_key(entry.hash)) &&
          (ids % kPageIds != 0 || index_.fences()[ids / kPageIds] == fence_of(entry.hash));
      if (!sound) return corrupt(description_, "contradicts itself at id " + std::to_string(ids));
      previous = entry.hash;
      ++ids;
    }
  }
  if (ids != header_.ids || pages_checksum != header_.pages_checksum) {
    return corrupt(description_, "holds other ids than it says");
  }
  return base::ok;
}

base::Result<std::span<const RunEntry>> RunCursor::next() {
  assert(page_ <= run_.header_.pages());
  const std::uint64_t pages = std::min<std::uint64_t>(kPages, run_.header_.pages() - page_);
  pages_.resize(pages);
  entries_.clear();
  if (auto read = run_.read_pages(page_, pages_); !read) return read.error();
  for (const Page& page : pages_) {
    for (std::size_t row = 0; row < run_.rows_of(page_); ++row) {
      entries_.push_back({page.hash(row), run_.header_.first + page.offset(row)});
    }
    ++page_;
  }
  return std::span<const RunEntry>(entries_);
}

}  // namespace tidemark::ledger::local
