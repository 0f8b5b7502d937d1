#pragma once

/// The data folder as a whole: its holder, its format, and the key of its ids.
/// docs/formats/data_folder.md describes its layout.

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "files/files.hpp"
#include "files/version_file.hpp"

namespace tidemark::files {

/// One process at a time holds it, by system locks on the folder itself and on the files LOCK and
/// VERSION in it. The locks end with the process, however the process ends. Removing one of the
/// files, or the whole folder, lets no other process in, and `still_held` notices it.
///
/// Threads:  one; `still_held` from one other.
/// Lifetime: `files` must outlive it.
class DataFolder {
 public:
  using IdKey = std::array<std::byte, 32>;

  /// Takes the folder; makes it, with a VERSION and a random key, if it is new.
  ///
  /// Errors:   Conflict: another process holds it (the message tells that process's pid and
  ///           address), or a newer program wrote it; Corrupt: VERSION cannot be read; Unavailable.
  static base::Result<std::unique_ptr<DataFolder>> open(Files& files,
                                                        const std::filesystem::path& folder);
  /// Whether `open` would find a folder here instead of making a new one. Touches nothing.
  static bool is_there(const std::filesystem::path& folder);

  ~DataFolder();
  DataFolder(const DataFolder&) = delete;
  DataFolder& operator=(const DataFolder&) = delete;

  /// The secret for hashes of event ids; the same for the folder's whole life.
  [[nodiscard]] const IdKey& id_key() const { return version_.id_key; }
  /// A number that distinguishes this folder's events from those of any other folder.
  [[nodiscard]] std::uint64_t ledger_id() const;
  /// A number that distinguishes this folder's VERSION from any other; never 0.
  [[nodiscard]] std::uint64_t print() const;

  [[nodiscard]] Epoch epoch() const { return version_.epoch; }
  /// VERSION's own proof: in this epoch this number of events was acknowledged.
  [[nodiscard]] std::uint64_t reached() const { return version_.reached; }

  /// Begins a new epoch with the events below `reached`, without the acknowledged ones above.
  base::Status begin_epoch(std::uint64_t reached);
  /// Notes in VERSION that this number of events was acknowledged; a smaller number changes
  /// nothing.
  base::Status note_reached(std::uint64_t reached);

  /// Ok while the folder, LOCK and VERSION are in place and the same as when they were locked;
  /// otherwise an error that names what is not. What is written by path then may go anywhere.
  [[nodiscard]] base::Status still_held() const;

  /// Writes the address of the holder into LOCK: "http://127.0.0.1:8080".
  base::Status announce(std::string_view address);

  /// The address of the process that holds `folder`; empty if it has announced none; nothing if no
  /// process holds the folder.
  static std::optional<std::string> holder(const std::filesystem::path& folder);

 private:
  DataFolder(Files& files, std::filesystem::path folder)
      : files_(files), folder_(std::move(folder)) {}
  base::Status lock();
  base::Status read_version();
  base::Status make_version(const std::vector<std::string>& names);
  /// Replaces VERSION, and holds the new one.
  base::Status write_version(const Version& version);
  base::Status lock_version();
  [[nodiscard]] base::Error held_by_another() const;

  Files& files_;
  const std::filesystem::path folder_;
  int folder_lock_ = -1;
  int lock_ = -1;
  Version version_;

  mutable std::mutex mutex_;  // guards the next member; see `still_held`
  int version_lock_ = -1;
};

}  // namespace tidemark::files
