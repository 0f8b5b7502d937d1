#pragma once

/// The data folder as a whole: who holds it, which format it has, and the key of its ids. Its
/// layout is in docs/formats/data_folder.md.

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

/// Held by one process at a time, by locks of the system's on the folder itself and on the files
/// LOCK and VERSION in it: they end with the process, however that ends. Who removes one of the
/// files, or all of the folder, lets nobody else in by that, and is noticed by `still_held`.
///
/// Threads:  one; `still_held` from one other.
/// Lifetime: `files` must outlive it.
class DataFolder {
 public:
  using IdKey = std::array<std::byte, 32>;

  /// Takes the folder; makes it, with a VERSION and a random key, where it is new.
  ///
  /// Errors:   Conflict: another process holds it (the message tells its pid and address), or a
  ///           newer program wrote it; Corrupt: VERSION cannot be read; Unavailable.
  static base::Result<std::unique_ptr<DataFolder>> open(Files& files,
                                                        const std::filesystem::path& folder);
  /// Whether `folder` is one that `open` would not make anew. Touches nothing.
  static bool is_there(const std::filesystem::path& folder);

  ~DataFolder();
  DataFolder(const DataFolder&) = delete;
  DataFolder& operator=(const DataFolder&) = delete;

  /// The secret from which event ids are hashed; the same for the folder's whole life.
  [[nodiscard]] const IdKey& id_key() const { return version_.id_key; }
  /// A number that tells this folder's events from those of any other.
  [[nodiscard]] std::uint64_t ledger_id() const;
  /// A number that tells this folder's VERSION from that of any other; never 0.
  [[nodiscard]] std::uint64_t print() const;

  [[nodiscard]] Epoch epoch() const { return version_.epoch; }
  /// VERSION's own proof: in this epoch so many events were acknowledged.
  [[nodiscard]] std::uint64_t reached() const { return version_.reached; }

  /// Begins a new epoch with the events below `reached`, and none that were told of above.
  base::Status begin_epoch(std::uint64_t reached);
  /// Keeps in VERSION that so many events were acknowledged; less than before changes nothing.
  base::Status note_reached(std::uint64_t reached);

  /// Ok while the folder, LOCK and VERSION are where they were and the same as when they were
  /// locked; else what is not. What is written by path then may go anywhere.
  [[nodiscard]] base::Status still_held() const;

  /// Writes into LOCK where the holder can be reached: "http://127.0.0.1:8080".
  base::Status announce(std::string_view address);

  /// The address of the process that holds `folder`; empty where it has announced none; nothing
  /// where nobody holds it.
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

  mutable std::mutex mutex_;  // guards the next; see `still_held`
  int version_lock_ = -1;
};

}  // namespace tidemark::files
