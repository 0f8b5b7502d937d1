#pragma once

/// What a disk holds for good, what it may hold, and what is left of it after a power cut.

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
  /// All that was written is there for good.
  void sync();
  /// Some of what was written is there for good, and the rest never will be: what a kernel does
  /// that marks pages clean after it failed to write them.
  void sync_and_fail(Random& random);
  /// The content is exactly this, for good.
  void set_durable(std::vector<std::byte> content);

  /// One of the contents that a disk could have after a power cut.
  [[nodiscard]] std::vector<std::byte> after_power_cut(Random& random) const;

  /// Written by somebody who does not tell us: its content is looked at, not counted.
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

  /// What the process sees.
  [[nodiscard]] const Names& seen() const { return seen_; }
  [[nodiscard]] DiskFilePtr find(const Path& path) const;
  [[nodiscard]] const std::set<Path>& folders() const { return seen_folders_; }

  void create(const Path& path, DiskFilePtr file);
  void rename(const Path& from, const Path& to);
  void remove(const Path& path);
  void make_folder(const Path& path);
  /// What happened to the names in this folder is there for good.
  void sync_folder(const Path& path);
  /// All is there for good.
  void sync_all();

  /// Undoes some of what was not synced: what is after a point in time, as a journalled file
  /// system does, or here and there.
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
