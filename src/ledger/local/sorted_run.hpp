#pragma once

/// One immutable run file: ids in the order of their hashes on disk, fences and filters in memory.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <vector>

#include "archive/run_file.hpp"
#include "base/result.hpp"
#include "event/event.hpp"
#include "files/files.hpp"
#include "ledger/local/fuse_filter.hpp"
#include "ledger/local/run_format.hpp"

namespace tidemark::ledger::local {

using event::IdHash;
using event::kNoSequence;
using event::Sequence;

/// The part of a run that memory holds, laid out as in the file: the fence of each page, the shape
/// of each filter, and all fingerprints.
class RunIndex {
 public:
  explicit RunIndex(std::uint64_t bytes);

  [[nodiscard]] std::span<std::byte> bytes() { return {memory_.get(), bytes_}; }
  /// Reads the meaning of the bytes once they are loaded. Errors: Corrupt if they do not fit the
  /// header.
  base::Status interpret(const RunHeader& header);

  [[nodiscard]] std::span<const Fence> fences() const { return fences_; }
  [[nodiscard]] std::span<const FuseShape> shapes() const { return shapes_; }
  [[nodiscard]] std::span<const std::uint16_t> prints() const { return prints_; }

 private:
  struct Free {
    void operator()(std::byte* memory) const { std::free(memory); }
  };
  std::unique_ptr<std::byte, Free> memory_;
  std::size_t bytes_;
  std::span<const Fence> fences_;
  std::span<const FuseShape> shapes_;
  std::span<const std::uint16_t> prints_;
};

/// Threads:  any.
/// Lifetime: keeps its file open, or opens it for each read if descriptors are scarce: remove the
///           file only when nobody reads any more.
class SortedRun {
 public:
  using Path = files::Files::Path;

  /// Reads header and index of `folder / run.file`. Errors: NotFound; Corrupt, also if it is not
  /// the file that `run` describes; Unavailable.
  static base::Result<std::shared_ptr<const SortedRun>> open(files::Files& files,
                                                             const Path& folder,
                                                             const archive::RunFile& run);

  SortedRun(std::unique_ptr<files::File> file, archive::RunFile description,
            const RunHeader& header, RunIndex index);

  [[nodiscard]] const archive::RunFile& description() const { return description_; }
  [[nodiscard]] const RunHeader& header() const { return header_; }
  [[nodiscard]] const RunIndex& index() const { return index_; }
  [[nodiscard]] std::size_t memory_bytes() const;

  /// Where the id is stored, or kNoSequence. Reads the id's page, whatever the filter says.
  [[nodiscard]] base::Result<Sequence> find(const IdHash& hash) const;

  /// Fetches the memory that `find` reads first.
  void prefetch(const IdHash& hash) const {
    const Fence* guess = index_.fences().data() + fence_guess(hash);
    __builtin_prefetch(guess - kFenceStep);
    __builtin_prefetch(guess);
    __builtin_prefetch(guess + kFenceStep);
  }

  /// Reads and checks pages [first, first + pages.size()).
  base::Status read_pages(std::uint64_t first, std::span<Page> pages) const;

  /// Reads the whole file and checks that it is what it claims to be.
  [[nodiscard]] base::Status verify() const;

 private:
  /// About where the fence of the hash's page is.
  [[nodiscard]] std::size_t fence_guess(const IdHash& hash) const {
    return static_cast<std::size_t>(scaled(hash.high << kPartitionBits, index_.fences().size()));
  }
  /// The number of pages that begin at or below the hash. The last of them holds the hash, if any
  /// does; if the fence of that page equals the hash's own, the page before may hold it too.
  [[nodiscard]] std::size_t pages_up_to(const IdHash& hash) const;
  static constexpr std::size_t kFenceStep = 16;  // a cache line

  [[nodiscard]] std::size_t rows_of(std::uint64_t page) const;

  std::unique_ptr<files::File> file_;
  archive::RunFile description_;
  RunHeader header_;
  RunIndex index_;

  friend class RunCursor;
};

struct RunEntry {
  IdHash hash;
  Sequence sequence = 0;
};

/// Reads a run from its first id to its last.
///
/// Cost: 256 KiB of pages and the same again of entries.
class RunCursor {
 public:
  explicit RunCursor(const SortedRun& run) : run_(run) {}

  /// The entries after those of the last call; empty at the end.
  base::Result<std::span<const RunEntry>> next();
  /// The pages that those entries came from.
  [[nodiscard]] std::span<const Page> pages() const { return pages_; }

 private:
  static constexpr std::size_t kPages = 512;

  const SortedRun& run_;
  std::uint64_t page_ = 0;
  std::vector<Page> pages_;
  std::vector<RunEntry> entries_;
};

}  // namespace tidemark::ledger::local
