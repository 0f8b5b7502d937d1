#pragma once

/// The data folder as a whole: who holds it, which format it has, and the key of its ids. Its
/// layout is in docs/formats/data_folder.md.

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "files/files.hpp"

namespace tidemark::files {

/// Held by one process at a time, by a lock of the system's on the file LOCK: it ends with the
/// process, however that ends.
///
/// Threads:  one.
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
  [[nodiscard]] const IdKey& id_key() const { return id_key_; }
  /// A number that tells this folder's events from those of any other.
  [[nodiscard]] std::uint64_t ledger_id() const;

  /// Writes into LOCK where the holder can be reached: "http://127.0.0.1:8080".
  base::Status announce(std::string_view address);

  /// The address of the process that holds `folder`; empty where it has announced none; nothing
  /// where nobody holds it.
  static std::optional<std::string> holder(const std::filesystem::path& folder);

 private:
  explicit DataFolder(int lock) : lock_(lock) {}
  base::Status read_version(Files& files, const std::filesystem::path& folder);

  int lock_;
  IdKey id_key_{};
};

}  // namespace tidemark::files
