#pragma once

/// Writes one run file from ids in the order of their hashes.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "ledger/local/fuse_filter.hpp"
#include "ledger/local/run_format.hpp"
#include "ledger/local/sorted_run.hpp"

namespace tidemark::ledger::local {

/// The name of a file until everything that belongs to it is written.
inline std::string temporary_name(const std::string& file) { return file + ".tmp"; }

/// The name of the run of one partition over the sequences [first, end).
std::string run_file_name(Sequence first, Sequence end, std::uint32_t partition);

/// Promise:  `finish` returns only when the file is on the disk under its temporary name; a writer
///           that is destroyed earlier removes the file.
/// Cost:     about 60 ns an id, most of it for filters; 2.5 bytes of memory an id and some 10 MiB.
class RunWriter {
 public:
  /// What the run will hold. `ids` must be exact.
  struct Plan {
    Sequence first = 0;
    Sequence end = 0;
    std::uint32_t partition = 0;
    std::uint64_t ids = 0;
  };

  static base::Result<std::unique_ptr<RunWriter>> create(files::Files& files,
                                                         const SortedRun::Path& folder,
                                                         const Plan& plan, FuseBuilder& builder);
  ~RunWriter();
  RunWriter(const RunWriter&) = delete;
  RunWriter& operator=(const RunWriter&) = delete;

  /// Adds an id, which must be greater than the previous one. `finish` returns a failure; `failed`
  /// tells it early.
  void add(const IdHash& hash, Sequence sequence);
  [[nodiscard]] bool failed() const { return failure_.has_value(); }

  /// Errors: those of the disk; Corrupt if an id came twice or out of order.
  base::Result<std::shared_ptr<const SortedRun>> finish();

 private:
  RunWriter(files::Files& files, SortedRun::Path path, std::unique_ptr<files::File> file,
            const Plan& plan, FuseBuilder& builder);

  void complain(const IdHash& hash, Sequence sequence);
  void close_slices_up_to(std::uint32_t slice);
  void close_page();
  void write_pages();
  RunIndex build_index() const;

  files::Files& files_;
  SortedRun::Path path_;
  std::unique_ptr<files::File> file_;  // null once finished
  Plan plan_;
  FuseBuilder& builder_;
  std::optional<base::Error> failure_;

  RunHeader header_;  // ids and pages_checksum grow
  IdHash previous_;
  std::vector<Page> pages_;  // not written yet; the last page is being filled
  std::size_t rows_ = 0;     // in the last page
  std::uint64_t pages_written_ = 0;
  std::uint64_t unsynced_bytes_ = 0;
  std::vector<Fence> fences_;
  std::vector<std::uint64_t> slice_keys_;
  std::vector<FuseShape> shapes_;
  std::vector<std::uint16_t> prints_;
};

}  // namespace tidemark::ledger::local
