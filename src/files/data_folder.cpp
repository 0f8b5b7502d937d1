#include "files/data_folder.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <span>
#include <sstream>
#include <tuple>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.hpp"
#include "base/hash.hpp"

namespace tidemark::files {
namespace {

using base::Error;
using base::ErrorCode;

constexpr std::size_t kVersionBytesMax = 4096;

/// The content of LOCK: a pid and an address, one per line.
struct Holder {
  std::string pid;
  std::string address;
};

Holder read_holder(int lock) {
  std::array<char, 512> text{};
  const auto bytes = pread(lock, text.data(), text.size() - 1, 0);
  Holder holder;
  if (bytes <= 0) return holder;
  std::istringstream lines(std::string(text.data(), static_cast<std::size_t>(bytes)));
  std::getline(lines, holder.pid);
  std::getline(lines, holder.address);
  return holder;
}

base::Status write_holder(int lock, std::string_view address) {
  const std::string text = std::to_string(getpid()) + "\n" + std::string(address) + "\n";
  const bool written = ftruncate(lock, 0) == 0 && pwrite(lock, text.data(), text.size(), 0) ==
                                                      static_cast<ssize_t>(text.size());
  if (!written) {
    return Error{ErrorCode::Unavailable, std::string("writing LOCK: ") + std::strerror(errno)};
  }
  return base::ok;
}

void close_if_open(int descriptor) {
  if (descriptor >= 0) ::close(descriptor);
}

/// Whether another process has the lock. A file system without locks for folders gives another
/// error.
bool is_taken(int descriptor) {
  return flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

/// Ok where `path` leads to what is open as `descriptor`.
base::Status is_still(const std::filesystem::path& path, int descriptor) {
  struct stat there{};
  struct stat held{};
  if (::fstat(descriptor, &held) != 0) return base::ok;  // says nothing about the path
  if (::stat(path.c_str(), &there) != 0) {
    if (errno != ENOENT && errno != ENOTDIR) return base::ok;
    return Error{ErrorCode::Unavailable, path.string() + " was removed or renamed"};
  }
  if (there.st_dev == held.st_dev && there.st_ino == held.st_ino) return base::ok;
  return Error{ErrorCode::Unavailable, path.string() + " was replaced by another one"};
}

}  // namespace

base::Result<std::unique_ptr<DataFolder>> DataFolder::open(Files& files,
                                                           const std::filesystem::path& folder) {
  auto made = files.make_folder(folder);
  if (!made) return made.error().while_doing("opening the data folder");
  auto kept = files.sync_folder(folder.has_parent_path() ? folder.parent_path() : ".");
  if (!kept) return kept.error().while_doing("opening the data folder");
  std::unique_ptr<DataFolder> self(new DataFolder(files, folder));
  if (auto locked = self->lock(); !locked) return locked.error();
  // Who holds it is for people to read; a full disk, which has no room for that, is not a reason
  // not to open.
  std::ignore = self->announce("");
  auto version = self->read_version();
  if (!version) return version.error();
  return self;
}

base::Status DataFolder::lock() {
  const auto cannot_open = [](const std::filesystem::path& path) {
    return Error{ErrorCode::Unavailable, "opening " + path.string() + ": " + std::strerror(errno)};
  };
  // The folder first, because removing LOCK does not end that lock. LOCK too, because an older
  // program looks at it, and because it tells who holds the folder.
  folder_lock_ = ::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder_lock_ < 0) return cannot_open(folder_);
  if (is_taken(folder_lock_)) return held_by_another();
  const auto path = folder_ / "LOCK";
  lock_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (lock_ < 0) return cannot_open(path);
  if (flock(lock_, LOCK_EX | LOCK_NB) == 0) return base::ok;
  const auto taken = held_by_another();
  ::close(std::exchange(lock_, -1));  // not ours to empty
  return taken;
}

Error DataFolder::held_by_another() const {
  Holder holder;
  const int lock = ::open((folder_ / "LOCK").c_str(), O_RDONLY | O_CLOEXEC);
  if (lock >= 0) holder = read_holder(lock);
  close_if_open(lock);
  return {ErrorCode::Conflict,
          "the data folder " + folder_.string() + " is in use by " +
              (holder.pid.empty() ? "another process" : "process " + holder.pid) +
              (holder.address.empty() ? "" : ", which serves " + holder.address) +
              "; stop it first, or choose another --data-dir"};
}

bool DataFolder::is_there(const std::filesystem::path& folder) {
  // Also a folder that has lost its VERSION: `open` tells what must be done about it.
  std::error_code unseen;
  return std::ranges::any_of(std::array{"VERSION", "archive", "journal"}, [&](const char* part) {
    return std::filesystem::exists(folder / part, unseen);
  });
}

DataFolder::~DataFolder() {
  // Emptied, so that it does not mislead a later reader of a lock that no process holds.
  if (lock_ >= 0 && ftruncate(lock_, 0) == 0) fsync(lock_);
  close_if_open(version_lock_);
  close_if_open(lock_);
  close_if_open(folder_lock_);
}

std::uint64_t DataFolder::ledger_id() const {
  const auto& key = version_.id_key;
  static_assert(sizeof(IdKey) >= sizeof(std::uint64_t));
  std::uint64_t id = 0;
  std::memcpy(&id, key.data() + key.size() - sizeof id, sizeof id);
  return id;
}

std::uint64_t DataFolder::print() const {
  const auto hash = base::hash64(version_.id_key);
  return hash == 0 ? 1 : hash;
}

base::Status DataFolder::announce(std::string_view address) {
  assert(lock_ >= 0);
  return write_holder(lock_, address);
}

std::optional<std::string> DataFolder::holder(const std::filesystem::path& folder) {
  const auto path = folder / "LOCK";
  const int lock = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (lock < 0) return std::nullopt;
  std::optional<std::string> address;
  if (flock(lock, LOCK_SH | LOCK_NB) != 0) address = read_holder(lock).address;
  ::close(lock);
  return address;
}

base::Status DataFolder::still_held() const {
  assert(folder_lock_ >= 0 && lock_ >= 0);
  if (auto same = is_still(folder_, folder_lock_); !same) return same;
  if (auto same = is_still(folder_ / "LOCK", lock_); !same) return same;
  const std::lock_guard lock(mutex_);
  return version_lock_ < 0 ? base::ok : is_still(folder_ / "VERSION", version_lock_);
}

base::Status DataFolder::begin_epoch(std::uint64_t reached) {
  Version next = version_;
  ++next.epoch.number;
  while (next.epoch.tag == 0 || next.epoch.tag == version_.epoch.tag) {
    if (getrandom(&next.epoch.tag, sizeof next.epoch.tag, 0) != ssize_t{sizeof next.epoch.tag}) {
      return Error{ErrorCode::Unavailable, "the system gives no random bytes"};
    }
  }
  next.reached = reached;
  return write_version(next);
}

base::Status DataFolder::note_reached(std::uint64_t reached) {
  if (reached <= version_.reached) return base::ok;
  Version next = version_;
  next.reached = reached;
  return write_version(next);
}

base::Status DataFolder::write_version(const Version& version) {
  TIDEMARK_CHECK(
      version.epoch.number > version_.epoch.number ||
      (version.epoch.number == version_.epoch.number && version.reached >= version_.reached));
  if (auto held = still_held(); !held) return held;
  // Held until the new one is locked: a check in between must not take it for another process's.
  const std::lock_guard lock(mutex_);
  auto written = replace_whole(files_, folder_ / "VERSION", version_text(version));
  if (auto locked = lock_version(); written && !locked) return locked;
  if (!written) return written.error().while_doing("writing VERSION");
  version_ = version;
  return base::ok;
}

base::Status DataFolder::lock_version() {
  assert(lock_ >= 0 && "VERSION is locked after LOCK");
  const auto path = folder_ / "VERSION";
  const int version = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (version < 0) {
    return Error{ErrorCode::Unavailable, "opening " + path.string() + ": " + std::strerror(errno)};
  }
  if (is_taken(version)) {
    ::close(version);
    return held_by_another();
  }
  close_if_open(std::exchange(version_lock_, version));
  return base::ok;
}

base::Status DataFolder::make_version(const std::vector<std::string>& names) {
  for (const auto* part : {"archive", "journal"}) {
    if (std::ranges::find(names, part) == names.end()) continue;
    return Error{ErrorCode::Corrupt, (folder_ / "VERSION").string() +
                                         " is missing though the folder holds events; put it back "
                                         "from a backup: without its key no event id is known "
                                         "again"};
  }
  assert(!version_.checked && version_.reached == 0);
  auto& key = version_.id_key;
  if (getrandom(key.data(), key.size(), 0) != static_cast<ssize_t>(key.size())) {
    return Error{ErrorCode::Unavailable, "the system gives no random bytes"};
  }
  return write_version(version_);
}

base::Status DataFolder::read_version() {
  const auto path = folder_ / "VERSION";
  const auto names = files_.list(folder_);
  if (!names) return names.error();
  if (std::ranges::find(*names, "VERSION") == names->end()) return make_version(*names);
  auto text = read_whole(files_, path, kVersionBytesMax);
  if (!text) return text.error();
  auto version = parse_version(*text);
  if (!version)
    return Error{version.error().code(), path.string() + " " + version.error().message()};
  version_ = *version;
  {
    const std::lock_guard lock(mutex_);
    if (auto locked = lock_version(); !locked) return locked;
  }
  // The program of before wrote it. A disk without room for more is not a reason not to open.
  if (!version_.checked) std::ignore = write_version(version_);
  return base::ok;
}

}  // namespace tidemark::files
