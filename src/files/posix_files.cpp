#include <algorithm>
#include <cassert>
#include <cerrno>
#include <system_error>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "files/files.hpp"

namespace tidemark::files {
namespace {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorCode;

Error system_error(int code, std::string_view what, const fs::path& path) {
  ErrorCode kind = ErrorCode::Unavailable;
  if (code == ENOENT) kind = ErrorCode::NotFound;
  if (code == EEXIST) kind = ErrorCode::Conflict;
  return {kind, std::string(what) + " " + path.string() + ": " +
                    std::error_code(code, std::generic_category()).message()};
}

Error failure(int code, std::string_view what, const fs::path& path) {
  return {ErrorCode::Unavailable, system_error(code, what, path).message()};
}

/// Calls again what a signal interrupted.
template <class Call>
auto uninterrupted(Call&& call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

class PosixFile final : public File {
 public:
  PosixFile(int descriptor, fs::path path) : descriptor_(descriptor), path_(std::move(path)) {
    assert(descriptor_ >= 0);
  }
  PosixFile(const PosixFile&) = delete;
  PosixFile& operator=(const PosixFile&) = delete;
  ~PosixFile() override { ::close(descriptor_); }

  base::Status write_at(std::uint64_t offset, std::span<const std::byte> bytes) override {
    assert(std::in_range<off_t>(offset + bytes.size()));
    while (!bytes.empty()) {
      const auto written = uninterrupted([&] {
        return ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
      });
      if (written < 0) return failure(errno, "cannot write", path_);
      offset += static_cast<std::uint64_t>(written);
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return base::ok;
  }

  base::Result<std::size_t> read_at(std::uint64_t offset,
                                    std::span<std::byte> into) const override {
    std::size_t total = 0;
    while (total < into.size()) {
      const auto count = uninterrupted([&] {
        return ::pread(descriptor_, into.data() + total, into.size() - total,
                       static_cast<off_t>(offset + total));
      });
      if (count < 0) return failure(errno, "cannot read", path_);
      if (count == 0) break;
      total += static_cast<std::size_t>(count);
    }
    assert(total <= into.size());
    return total;
  }

  base::Status sync() override {
    if (uninterrupted([&] { return ::fdatasync(descriptor_); }) != 0) {
      return failure(errno, "cannot sync", path_);
    }
    return base::ok;
  }

  [[nodiscard]] base::Result<std::uint64_t> size() const override {
    struct stat found{};
    if (::fstat(descriptor_, &found) != 0) return failure(errno, "cannot look at", path_);
    return static_cast<std::uint64_t>(found.st_size);
  }

  [[nodiscard]] base::Result<bool> has_name() const override {
    struct stat found{};
    if (::fstat(descriptor_, &found) != 0) return failure(errno, "cannot look at", path_);
    return found.st_nlink > 0;
  }

 private:
  int descriptor_;
  fs::path path_;
};

class PosixFiles final : public Files {
 public:
  base::Result<std::unique_ptr<File>> open(const Path& path, Open how) override {
    int flags = O_CLOEXEC;
    switch (how) {
      case Open::Read:
        flags |= O_RDONLY;
        break;
      case Open::Write:
        flags |= O_RDWR;
        break;
      case Open::Create:
        flags |= O_RDWR | O_CREAT | O_EXCL;
        break;
      case Open::Direct:
        flags |= O_RDWR | O_DIRECT;
        break;
    }
    int descriptor = uninterrupted([&] { return ::open(path.c_str(), flags, 0640); });
    if (descriptor < 0 && errno == EINVAL && how == Open::Direct) {
      // A file system in memory has nothing to write past.
      descriptor = uninterrupted([&] { return ::open(path.c_str(), flags & ~O_DIRECT, 0640); });
    }
    if (descriptor < 0) return system_error(errno, "cannot open", path);
    return std::unique_ptr<File>(std::make_unique<PosixFile>(descriptor, path));
  }

  base::Status rename(const Path& from, const Path& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) {
      return failure(errno, "cannot rename " + from.string() + " to", to);
    }
    return base::ok;
  }

  base::Status remove(const Path& path) override {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
      return failure(errno, "cannot remove", path);
    }
    return base::ok;
  }

  base::Status make_folder(const Path& path) override {
    std::error_code error;
    const bool made = fs::create_directories(path, error);
    // Nobody else's business; what a library makes in it with wider rights stays ours as well.
    if (made && !error) {
      fs::permissions(path, fs::perms::owner_all | fs::perms::group_read | fs::perms::group_exec,
                      error);
    }
    if (error) return failure(error.value(), "cannot make the folder", path);
    return base::ok;
  }

  base::Result<std::vector<std::string>> list(const Path& path) const override {
    std::vector<std::string> names;
    std::error_code error;
    fs::directory_iterator entries(path, error);
    while (!error && entries != fs::directory_iterator()) {
      names.push_back(entries->path().filename().string());
      entries.increment(error);
    }
    if (error && error != std::errc::no_such_file_or_directory) {
      return failure(error.value(), "cannot list", path);
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  base::Status sync_folder(const Path& path) override {
    const int descriptor =
        uninterrupted([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
    if (descriptor < 0) return failure(errno, "cannot open the folder", path);
    const int result = uninterrupted([&] { return ::fsync(descriptor); });
    const int code = errno;
    ::close(descriptor);
    if (result != 0) return failure(code, "cannot sync the folder", path);
    return base::ok;
  }

  base::Result<std::uint64_t> free_bytes(const Path& path) const override {
    struct statvfs found{};
    if (::statvfs(path.c_str(), &found) != 0) {
      return failure(errno, "cannot ask for the free space of", path);
    }
    return std::uint64_t{found.f_bavail} * found.f_frsize;
  }
};

}  // namespace

Files& posix_files() {
  static PosixFiles files;
  return files;
}

}  // namespace tidemark::files
