#include "support/small_disk.hpp"

#include <algorithm>
#include <fstream>
#include <string>

#include <sys/mount.h>

namespace tidemark::testing_support {

namespace fs = std::filesystem;

SmallDisk::SmallDisk(std::uint64_t mib) {
  fs::create_directories(path());
  const auto size = "mode=755,size=" + std::to_string(mib) + "m";
  mounted_ = mount("tmpfs", path().c_str(), "tmpfs", 0, size.c_str()) == 0;
  fs::permissions(folder_.path(), fs::perms(0755));  // servers of other users reach it, too
}

SmallDisk::~SmallDisk() {
  if (mounted_) umount2(path().c_str(), MNT_DETACH);
}

void SmallDisk::leave(std::uint64_t bytes) const {
  const auto free = fs::space(path()).available;
  if (free <= bytes) return;
  std::ofstream file(path() / "filler", std::ios::binary);
  const std::string zeros(std::size_t{1} << 20U, '\0');
  for (auto left = free - bytes; left > 0;) {
    const auto part = std::min<std::uint64_t>(left, zeros.size());
    file.write(zeros.data(), static_cast<std::streamsize>(part));
    left -= part;
  }
}

void SmallDisk::give_room() const { fs::remove(path() / "filler"); }

}  // namespace tidemark::testing_support
