#include "files/data_folder.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <span>
#include <sstream>
#include <tuple>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <unistd.h>

namespace tidemark::files {
namespace {

using base::Error;
using base::ErrorCode;

constexpr int kFormat = 1;
constexpr std::string_view kFormatLine = "tidemark-data ";
constexpr std::string_view kKeyLine = "id_key ";
constexpr std::size_t kVersionBytesMax = 4096;

/// What is in LOCK: a pid and an address, a line each.
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

std::string hex(std::span<const std::byte> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const auto byte : bytes) {
    out += kDigits[std::to_integer<std::size_t>(byte) >> 4];
    out += kDigits[std::to_integer<std::size_t>(byte) & 15];
  }
  return out;
}

bool from_hex(std::string_view text, DataFolder::IdKey& into) {
  if (text.size() != into.size() * 2) return false;
  for (std::size_t i = 0; i < into.size(); ++i) {
    unsigned value = 0;
    const auto* begin = text.data() + 2 * i;
    const auto [end, error] = std::from_chars(begin, begin + 2, value, 16);
    if (error != std::errc{} || end != begin + 2) return false;
    into[i] = static_cast<std::byte>(value);
  }
  return true;
}

}  // namespace

base::Result<std::unique_ptr<DataFolder>> DataFolder::open(Files& files,
                                                           const std::filesystem::path& folder) {
  auto made = files.make_folder(folder);
  if (!made) return made.error().while_doing("opening the data folder");
  auto kept = files.sync_folder(folder.has_parent_path() ? folder.parent_path() : ".");
  if (!kept) return kept.error().while_doing("opening the data folder");
  const auto path = folder / "LOCK";
  const int lock = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (lock < 0) {
    return Error{ErrorCode::Unavailable, "opening " + path.string() + ": " + std::strerror(errno)};
  }
  if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
    const auto holder = read_holder(lock);
    ::close(lock);
    return Error{ErrorCode::Conflict,
                 "the data folder " + folder.string() + " is in use by " +
                     (holder.pid.empty() ? "another process" : "process " + holder.pid) +
                     (holder.address.empty() ? "" : ", which serves " + holder.address) +
                     "; stop it first, or choose another --data-dir"};
  }
  std::unique_ptr<DataFolder> self(new DataFolder(lock));
  // Who holds it is for people to read; a full disk, which has no room for that, is no reason not
  // to open.
  std::ignore = self->announce("");
  auto version = self->read_version(files, folder);
  if (!version) return version.error();
  return self;
}

bool DataFolder::is_there(const std::filesystem::path& folder) {
  // Also one that has lost its VERSION: `open` tells what is to be done about it.
  std::error_code unseen;
  return std::ranges::any_of(std::array{"VERSION", "archive", "journal"}, [&](const char* part) {
    return std::filesystem::exists(folder / part, unseen);
  });
}

DataFolder::~DataFolder() {
  // Emptied, so that a later reader of a lock that nobody holds is not led astray.
  if (ftruncate(lock_, 0) == 0) fsync(lock_);
  ::close(lock_);
}

std::uint64_t DataFolder::ledger_id() const {
  std::uint64_t id = 0;
  std::memcpy(&id, id_key_.data() + id_key_.size() - sizeof id, sizeof id);
  return id;
}

base::Status DataFolder::announce(std::string_view address) { return write_holder(lock_, address); }

std::optional<std::string> DataFolder::holder(const std::filesystem::path& folder) {
  const auto path = folder / "LOCK";
  const int lock = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (lock < 0) return std::nullopt;
  std::optional<std::string> address;
  if (flock(lock, LOCK_SH | LOCK_NB) != 0) address = read_holder(lock).address;
  ::close(lock);
  return address;
}

base::Status DataFolder::read_version(Files& files, const std::filesystem::path& folder) {
  const auto path = folder / "VERSION";
  const auto names = files.list(folder);
  if (!names) return names.error();
  if (std::ranges::find(*names, "VERSION") == names->end()) {
    for (const auto* part : {"archive", "journal"}) {
      if (std::ranges::find(*names, part) == names->end()) continue;
      return Error{ErrorCode::Corrupt,
                   path.string() +
                       " is missing though the folder holds events; put it back from a "
                       "backup: without its key no event id is known again"};
    }
    if (getrandom(id_key_.data(), id_key_.size(), 0) != static_cast<ssize_t>(id_key_.size())) {
      return Error{ErrorCode::Unavailable, "the system gives no random bytes"};
    }
    std::string text(kFormatLine);
    text += std::to_string(kFormat) + "\n" + std::string(kKeyLine) + hex(id_key_) + "\n";
    return replace_whole(files, path, text);
  }
  auto text = read_whole(files, path, kVersionBytesMax);
  if (!text) return text.error();
  std::istringstream lines(*text);
  std::string format;
  std::string key;
  std::getline(lines, format);
  std::getline(lines, key);
  int number = 0;
  const bool readable =
      format.starts_with(kFormatLine) && key.starts_with(kKeyLine) &&
      std::from_chars(format.data() + kFormatLine.size(), format.data() + format.size(), number)
              .ec == std::errc{};
  if (readable && number > kFormat) {
    return Error{ErrorCode::Conflict, path.string() + " was written by a newer Tidemark (format " +
                                          std::to_string(number) + ", this one reads up to " +
                                          std::to_string(kFormat) + "); start that one"};
  }
  if (!readable || !from_hex(std::string_view(key).substr(kKeyLine.size()), id_key_)) {
    return Error{ErrorCode::Corrupt,
                 path.string() +
                     " is damaged; put it back from a backup: without its key no event "
                     "id is known again"};
  }
  return base::ok;
}

}  // namespace tidemark::files
