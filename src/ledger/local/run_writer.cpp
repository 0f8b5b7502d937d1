#include "ledger/local/run_writer.hpp"

#include <cassert>
#include <cstdio>
#include <utility>

#include "base/check.hpp"
#include "files/on_demand.hpp"
#include "ledger/local/sealed_ids.hpp"

namespace tidemark::ledger::local {
namespace {

using base::Error;
using base::ErrorCode;

constexpr std::size_t kPagesAtOnce = 512;
// A large file is synced in pieces, so that the journal never waits behind one long flush.
constexpr Fence kNoFence = 0;
constexpr std::uint64_t kUnsyncedBytesMax = std::uint64_t{16} << 20;

}  // namespace

std::string run_file_name(Sequence first, Sequence end, std::uint32_t partition) {
  std::array<char, 64> name{};
  std::snprintf(name.data(), name.size(), "%020llu-%020llu-%02u.ids",
                static_cast<unsigned long long>(first), static_cast<unsigned long long>(end),
                partition);
  return name.data();
}

base::Result<std::unique_ptr<RunWriter>> RunWriter::create(files::Files& files,
                                                           const SortedRun::Path& folder,
                                                           const Plan& plan, FuseBuilder& builder) {
  TIDEMARK_CHECK(plan.first <= plan.end && plan.partition < kIdPartitions);
  if (plan.end - plan.first > Page::kOffsetEnd) {
    return Error(ErrorCode::TooLarge, "a run of ids spans more than 2^40 sequences");
  }
  auto path = folder / temporary_name(run_file_name(plan.first, plan.end, plan.partition));
  if (auto removed = files.remove(path); !removed) return removed.error();  // of a failed attempt
  auto file = files.open(path, files::Open::Create);
  if (!file) return file.error();
  return std::unique_ptr<RunWriter>(
      new RunWriter(files, std::move(path), std::move(*file), plan, builder));
}

RunWriter::RunWriter(files::Files& files, SortedRun::Path path, std::unique_ptr<files::File> file,
                     const Plan& plan, FuseBuilder& builder)
    : files_(files),
      path_(std::move(path)),
      file_(std::move(file)),
      plan_(plan),
      builder_(builder) {
  header_.partition = plan.partition;
  header_.partitions = kIdPartitions;
  header_.first = plan.first;
  header_.end = plan.end;
  header_.slices = slices_for(plan.ids);
  pages_.reserve(kPagesAtOnce);
  fences_.reserve((plan.ids + kPageIds - 1) / kPageIds);
  prints_.reserve(plan.ids + plan.ids / 5);
}

RunWriter::~RunWriter() {
  if (!file_) return;
  file_.reset();
  (void)files_.remove(path_);  // what stays is removed by the next attempt or start
}

void RunWriter::add(const IdHash& hash, Sequence sequence) {
  const bool in_order = header_.ids == 0 || previous_ < hash;
  const bool in_range =
      sequence >= plan_.first && sequence < plan_.end && partition_of(hash) == plan_.partition;
  if (failure_ || !in_order || !in_range) return complain(hash, sequence);
  previous_ = hash;
  ++header_.ids;

  close_slices_up_to(slice_of(hash, header_.slices));
  slice_keys_.push_back(filter_key(hash));
  assert(rows_ < kPageIds);
  if (rows_ == 0) {
    pages_.emplace_back().clear();
    fences_.push_back(fence_of(hash));
  }
  assert(!pages_.empty());
  pages_.back().set(rows_, hash, sequence - plan_.first);
  if (++rows_ == kPageIds) close_page();
}

void RunWriter::complain(const IdHash& hash, Sequence sequence) {
  if (failure_) return;
  const bool twice = header_.ids > 0 && previous_ == hash;
  failure_ = Error(ErrorCode::Corrupt,
                   "the id at sequence " + std::to_string(sequence) +
                       (twice ? " is in the ledger twice" : " does not belong into the run ") +
                       (twice ? "" : path_.filename().string()));
}

void RunWriter::close_slices_up_to(std::uint32_t slice) {
  while (shapes_.size() < slice) {
    shapes_.push_back(builder_.build(slice_keys_, prints_));
    slice_keys_.clear();
  }
}

void RunWriter::close_page() {
  assert(!pages_.empty() && rows_ > 0 && rows_ <= kPageIds);
  Page& page = pages_.back();
  page.seal();
  header_.pages_checksum = crc32c(page.bytes().last<4>(), header_.pages_checksum);
  rows_ = 0;
  if (pages_.size() == kPagesAtOnce) write_pages();
}

void RunWriter::write_pages() {
  assert(file_ != nullptr && "nothing is added to a finished run");
  const auto bytes = std::as_bytes(std::span(pages_));
  auto written = file_->write_at((1 + pages_written_) * kPageBytes, bytes);
  if (!written) failure_ = written.error();
  pages_written_ += pages_.size();
  unsynced_bytes_ += bytes.size();
  pages_.clear();
  if (failure_ || unsynced_bytes_ < kUnsyncedBytesMax) return;
  unsynced_bytes_ = 0;
  if (auto synced = file_->sync(); !synced) failure_ = synced.error();
}

RunIndex RunWriter::build_index() const {
  RunIndex index(header_.index_bytes);
  std::byte* at = index.bytes().data();
  const auto append = [&](std::span<const std::byte> bytes) {
    assert(bytes.size() <=
           index.bytes().size() - static_cast<std::size_t>(at - index.bytes().data()));
    if (!bytes.empty()) std::memcpy(at, bytes.data(), bytes.size());
    at += bytes.size();
  };
  append(std::as_bytes(std::span(fences_)));
  if (fences_.size() % 2 != 0) append(std::as_bytes(std::span(&kNoFence, 1)));
  append(std::as_bytes(std::span(shapes_)));
  append(std::as_bytes(std::span(prints_)));
  assert(at == index.bytes().data() + index.bytes().size());
  return index;
}

base::Result<std::shared_ptr<const SortedRun>> RunWriter::finish() {
  assert(file_ != nullptr && "it is finished once");
  close_slices_up_to(header_.slices);
  if (rows_ > 0) close_page();
  if (!pages_.empty()) write_pages();
  if (failure_) return *failure_;
  TIDEMARK_CHECK(header_.ids == plan_.ids);

  assert(fences_.size() == header_.pages() && shapes_.size() == header_.slices);
  TIDEMARK_CHECK(pages_written_ == header_.pages());
  header_.index_bytes = header_.fences_and_shapes_bytes() + prints_.size() * sizeof(prints_[0]);
  RunIndex index = build_index();
  header_.index_checksum = crc32c(index.bytes());
  const auto first_page = encode(header_);
  // The header last: a file without one is not a run, whatever else is there.
  if (auto written = file_->write_at(header_.index_offset(), index.bytes()); !written) {
    return written.error();
  }
  if (auto written = file_->write_at(0, first_page); !written) return written.error();
  if (auto synced = file_->sync(); !synced) return synced.error();
  if (auto fits = index.interpret(header_); !fits) return fits.error();

  archive::RunFile run{.file = run_file_name(plan_.first, plan_.end, plan_.partition),
                       .first = plan_.first,
                       .end = plan_.end,
                       .partition_first = plan_.partition,
                       .partition_end = plan_.partition + 1,
                       .ids = header_.ids,
                       .bytes = header_.file_bytes(),
                       .checksum = header_checksum(first_page)};
  auto file = std::move(file_);
  if (files::descriptors_are_scarce()) {
    // It is read once it has this name.
    file = files::on_demand(files_, path_.parent_path() / run.file);
  }
  return std::make_shared<const SortedRun>(std::move(file), std::move(run), header_,
                                           std::move(index));
}

}  // namespace tidemark::ledger::local
