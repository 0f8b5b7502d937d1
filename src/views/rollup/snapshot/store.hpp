#pragma once

/// Snapshots on disk: files of sections that are only added, and one INDEX that is replaced.

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>

#include "files/files.hpp"
#include "views/rollup/snapshot/sections.hpp"

namespace tidemark::views::rollup::snapshot {

/// Promise:  after a power cut at any moment, the previous or the new snapshot is there, whole.
/// Threads:  `load` before everything else; `write` one at a time; `position` from any.
class Store {
 public:
  struct Options {
    std::filesystem::path folder;
    std::uint64_t ledger_id = 0;
    event::Sequence ledger_end = event::kNoSequence;
    std::uint64_t hash_seed = 0;
  };

  Store(files::Files& files, Options options) : files_(files), options_(std::move(options)) {}

  struct Loaded {
    event::Sequence position = 0;
    std::map<event::ProjectId, Project> projects;
  };
  /// NotFound if there is no snapshot; any other error tells why it is unusable.
  base::Result<Loaded> load();

  /// Writes the sections whose version is not on disk, and then the INDEX.
  base::Status write(const Root& root);

  /// The position of the snapshot on disk; 0 if there is none.
  [[nodiscard]] event::Sequence position() const { return position_.load(); }

 private:
  base::Result<Loaded> read(const Index& index);
  base::Status make_folder();
  base::Result<std::uint64_t> next_file() const;
  /// Files that are worth writing anew, because most of their content is out of date or there are
  /// many files.
  [[nodiscard]] std::map<std::uint64_t, bool> stale_files(
      const std::vector<Section>& sections) const;
  base::Status write_sections(const std::vector<Section>& sections, std::uint64_t file,
                              Index& next);
  void remove_unnamed();

  files::Files& files_;
  const Options options_;
  bool folder_is_kept_ = false;
  Index index_;  // of what is on disk
  std::atomic<event::Sequence> position_{0};
};

}  // namespace tidemark::views::rollup::snapshot
