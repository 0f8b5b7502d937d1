#pragma once

/// A small disk of a test's own, where the system lets us have one.

#include <cstdint>
#include <filesystem>

#include "support/service_process.hpp"

namespace tidemark::testing_support {

/// A tmpfs, which only root may mount: elsewhere `is_small` is false, and it is a plain folder.
class SmallDisk {
 public:
  explicit SmallDisk(std::uint64_t mib);
  ~SmallDisk();
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  [[nodiscard]] bool is_small() const { return mounted_; }
  [[nodiscard]] std::filesystem::path path() const { return folder_.path() / "disk"; }

  /// Takes all but so many bytes of it; `give_room` gives them back.
  void leave(std::uint64_t bytes) const;
  void give_room() const;

 private:
  TemporaryFolder folder_;
  bool mounted_ = false;
};

}  // namespace tidemark::testing_support
