#pragma once

/// A folder on a disk that fails, fills up and loses power on request; for tests.

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>

#include "files/disk_model.hpp"
#include "files/files.hpp"

namespace tidemark::files {

/// The operations that can be made to fail.
enum class Op : std::uint8_t { Open, Read, Write, Sync, Rename, Remove, MakeFolder, SyncFolder };

/// The files are real files below `root`, so that other code can read and write them by path. What
/// other code writes counts as not synced until the file was opened and synced here.
///
/// Promise:  the same seed and the same calls in the same order lead to the same bytes.
/// Threads:  any, but only a single thread gets the same result each time.
/// Cost:     keeps a copy of every file in memory.
class FaultyFiles final : public Files {
 public:
  FaultyFiles(Path root, std::uint64_t seed);

  /// The `nth` such operation from now on fails, once; 1 is the next one. A failing write leaves a
  /// part behind; a failing sync loses what was written, although it can still be read.
  void fail(Op op, std::uint64_t nth = 1);
  /// Each such operation fails with this probability, until it is set to 0.
  void fail_randomly(Op op, double chance);
  /// All files together may grow by this many bytes; removed files give room back. Nothing: the
  /// real disk's room.
  void set_room(std::optional<std::uint64_t> bytes);

  /// From now on every operation fails, until `restart`.
  void cut_power();
  /// Cuts the power in the middle of the `nth` changing operation from now on.
  void cut_power_after(std::uint64_t nth);
  [[nodiscard]] bool power_is_off() const;
  /// The folder becomes as a disk may be after the power was cut; files that were open stay dead.
  void restart();

  /// The number of changing operations so far.
  [[nodiscard]] std::uint64_t changes() const;

  base::Result<std::unique_ptr<File>> open(const Path& path, Open how) override;
  base::Status rename(const Path& from, const Path& to) override;
  base::Status remove(const Path& path) override;
  base::Status make_folder(const Path& path) override;
  base::Result<std::vector<std::string>> list(const Path& path) const override;
  base::Status sync_folder(const Path& path) override;
  base::Result<std::uint64_t> free_bytes(const Path& path) const override;

 private:
  class OpenFile;

  /// Fails if the operation must fail. The lock must be held.
  base::Status begin(Op op, const Path& path);
  base::Status write(OpenFile& file, std::uint64_t offset, std::span<const std::byte> bytes);
  base::Status sync(OpenFile& file);
  base::Status check_alive(std::uint64_t generation, const Path& path) const;
  /// Takes a file that other code wrote into the model.
  DiskFilePtr adopt(const Path& path);
  void notice_what_others_did();
  void give_room_of(const Path& path);

  static constexpr std::size_t kOps = 8;

  Files& real_;
  const Path root_;
  mutable std::mutex mutex_;
  mutable Random random_;
  DiskNames names_;
  std::array<std::uint64_t, kOps> fail_in_{};
  std::array<double, kOps> chance_{};
  std::optional<std::uint64_t> room_;
  std::uint64_t changes_ = 0;
  std::uint64_t cut_at_ = 0;
  std::uint64_t generation_ = 1;
  bool off_ = false;
};

}  // namespace tidemark::files
