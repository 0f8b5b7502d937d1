#pragma once

/// A model of a disk: what it holds for good, what it may hold, and what is left after a power cut.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <span>
#include <vector>

namespace tidemark::files {

using Random = std::mt19937_64;

/// The content of one file. A disk writes whole sectors, in any order.
class DiskFile {
 public:
  static constexpr std::uint64_t kSectorBytes = 512;

  void write(std::uint64_t offset, std::span<const std::byte> bytes);
  /// Everything that was written is there for good.
  void sync();
  /// Some of what was written is there for good, and the rest never will be: like a kernel that
  /// marks pages clean after it failed to write them.
  void sync_and_fail(Random& random);
  /// The content is exactly this, for good.
  void set_durable(std::vector<std::byte> content);

  /// One of the contents that the disk may have after a power cut.
  [[nodiscard]] std::vector<std::byte> after_power_cut(Random& random) const;

  /// Written outside of the model: its content is compared, not counted.
  bool foreign = false;

 private:
  struct Write {
    std::uint64_t offset;
    std::vector<std::byte> bytes;
  };

  std::vector<std::byte> durable_;
  std::vector<Write> pending_;
};

using DiskFilePtr = std::shared_ptr<DiskFile>;

/// The names of files and folders.
class DiskNames {
 public:
  using Path = std::filesystem::path;
  using Names = std::map<Path, DiskFilePtr>;

  /// The names that the process sees.
  [[nodiscard]] const Names& seen() const { return seen_; }
  [[nodiscard]] DiskFilePtr find(const Path& path) const;
  [[nodiscard]] const std::set<Path>& folders() const { return seen_folders_; }

  void create(const Path& path, DiskFilePtr file);
  void rename(const Path& from, const Path& to);
  void remove(const Path& path);
  void make_folder(const Path& path);
  /// All changes of names in this folder are there for good.
  void sync_folder(const Path& path);
  /// Everything is there for good.
  void sync_all();

  /// Undoes some changes that were not synced: all after a point in time, as a journalled file
  /// system does, or some here and there.
  void cut_power(Random& random);

 private:
  enum class Kind : std::uint8_t { Create, Rename, Remove, MakeFolder };
  struct Change {
    Kind kind;
    Path from;
    Path to;
    DiskFilePtr file;
  };

  static void apply(const Change& change, Names& names, std::set<Path>& folders);
  void drop_files_without_folder();

  Names seen_;
  Names durable_;
  std::set<Path> seen_folders_;
  std::set<Path> durable_folders_;
  std::vector<Change> pending_;
};

}  // namespace tidemark::files
