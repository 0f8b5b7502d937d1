#pragma once

/// Ids and folders for the tests of the id index.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include "files/files.hpp"
#include "ledger/local/fuse_filter.hpp"
#include "ledger/local/id_index.hpp"

namespace tidemark::ledger::local {

/// The hash of the `number`th id: looks random and is the same in every run.
inline IdHash id_for_test(std::uint64_t number) {
  return {.high = mixed(2 * number + 1), .low = mixed(2 * number + 2)};
}

inline std::vector<IdHash> ids_for_test(std::uint64_t first, std::uint64_t end) {
  std::vector<IdHash> ids;
  for (std::uint64_t number = first; number < end; ++number) ids.push_back(id_for_test(number));
  return ids;
}

/// A folder of one test, removed with everything in it. In memory if the system has such a place:
/// these tests sync thousands of files, and id_crash_test covers what a sync is for.
class FolderForTest {
 public:
  FolderForTest() {
    const std::filesystem::path memory = "/dev/shm";
    const bool writable = ::access(memory.c_str(), W_OK) == 0;
    const auto parent = writable ? memory : std::filesystem::temp_directory_path();
    std::string name = (parent / "tidemark-ids-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~FolderForTest() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  FolderForTest(const FolderForTest&) = delete;
  FolderForTest& operator=(const FolderForTest&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// What the archiver does with prepared runs, except for the manifest.
inline base::Status take_over(files::Files& files, const std::filesystem::path& folder,
                              const PreparedRuns& prepared) {
  for (const auto& run : prepared.added) {
    auto renamed = files.rename(folder / (run.file + ".tmp"), folder / run.file);
    if (!renamed) return renamed;
  }
  return files.sync_folder(folder);
}

/// A source of the ids `ids[sequence]`, in uneven pieces. It leaves out the ids whose place modulo
/// `gap` is 1, as if they had been removed; 0 leaves out none.
inline IdIndex::IdSource source_for_test(const std::vector<IdHash>& ids, Sequence gap = 0) {
  return [&ids, gap](Sequence first, Sequence end, const auto& take) -> base::Status {
    while (first < end) {
      const auto stop = std::min<Sequence>(end, first + 777);
      std::vector<RunEntry> piece;
      for (; first < stop; ++first) {
        if (gap == 0 || first % gap != 1) piece.push_back({ids[first], first});
      }
      if (auto taken = take(piece); !taken) return taken;
    }
    return base::ok;
  };
}

}  // namespace tidemark::ledger::local
