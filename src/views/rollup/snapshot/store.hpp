#pragma once

/// Snapshots on disk: files of sections that are only ever added, and one INDEX that is replaced.

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>

#include "files/files.hpp"
#include "views/rollup/snapshot/sections.hpp"

namespace tidemark::views::rollup::snapshot {

/// Promise:  after a power cut at any moment the snapshot before or the new one is there, whole.
/// Threads:  `load` before all else; `write` one at a time; `position` from any.
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
  /// NotFound where there is none; any other error is the reason why it cannot be used.
  base::Result<Loaded> load();

  /// Writes the sections that are not on disk in their version, and then the INDEX.
  base::Status write(const Root& root);

  /// That of the snapshot on disk; 0 where there is none.
  [[nodiscard]] event::Sequence position() const { return position_.load(); }

 private:
  base::Result<Loaded> read(const Index& index);
  base::Status make_folder();
  base::Result<std::uint64_t> next_file() const;
  /// Files that are worth writing anew: what they hold is mostly out of date, or they are many.
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
