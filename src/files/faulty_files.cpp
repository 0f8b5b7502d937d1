#include "files/faulty_files.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace tidemark::files {
namespace {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorCode;

Error failure(const fs::path& path, std::string_view what) {
  return {ErrorCode::Unavailable, path.string() + ": " + std::string(what) + " (made to fail)"};
}

std::vector<std::byte> content_of(const File& file) {
  auto size = file.size();
  TIDEMARK_CHECK(size);
  std::vector<std::byte> content(*size);
  auto count = file.read_at(0, content);
  TIDEMARK_CHECK(count);
  return content;
}

std::vector<std::byte> content_of(Files& files, const fs::path& path) {
  auto file = files.open(path, Open::Read);
  TIDEMARK_CHECK(file);
  return content_of(**file);
}

}  // namespace

class FaultyFiles::OpenFile final : public File {
 public:
  struct Origin {
    std::uint64_t generation;  // power cuts before it was opened
    bool direct;
  };

  OpenFile(FaultyFiles& files, Path path_opened, std::unique_ptr<File> real_file,
           DiskFilePtr disk_file, Origin origin)
      : path(std::move(path_opened)),
        real(std::move(real_file)),
        disk(std::move(disk_file)),
        generation(origin.generation),
        direct_(origin.direct),
        files_(files) {}

  base::Status write_at(std::uint64_t offset, std::span<const std::byte> bytes) override {
    if (direct_) {
      TIDEMARK_CHECK(offset % kBlockBytes == 0 && bytes.size() % kBlockBytes == 0);
      TIDEMARK_CHECK(reinterpret_cast<std::uintptr_t>(bytes.data()) % kBlockBytes == 0);
    }
    return files_.write(*this, offset, bytes);
  }
  base::Status sync() override { return files_.sync(*this); }

  base::Result<std::size_t> read_at(std::uint64_t offset,
                                    std::span<std::byte> into) const override {
    {
      const std::lock_guard lock(files_.mutex_);
      auto alive = files_.check_alive(generation, path);
      if (!alive) return alive.error();
      auto begun = files_.begin(Op::Read, path);
      if (!begun) return begun.error();
    }
    return real->read_at(offset, into);
  }
  [[nodiscard]] base::Result<std::uint64_t> size() const override {
    const std::lock_guard lock(files_.mutex_);
    auto alive = files_.check_alive(generation, path);
    if (!alive) return alive.error();
    return real->size();
  }
  [[nodiscard]] base::Result<bool> has_name() const override {
    const std::lock_guard lock(files_.mutex_);
    auto alive = files_.check_alive(generation, path);
    if (!alive) return alive.error();
    return real->has_name();
  }

  const Path path;
  const std::unique_ptr<File> real;
  const DiskFilePtr disk;
  const std::uint64_t generation;

 private:
  const bool direct_;
  FaultyFiles& files_;
};

FaultyFiles::FaultyFiles(Path root, std::uint64_t seed)
    : real_(posix_files()), root_(std::move(root)), random_(seed) {
  names_.make_folder(root_);
  notice_what_others_did();
  for (const auto& [path, file] : names_.seen()) {
    file->set_durable(content_of(real_, path));
    file->foreign = false;
  }
  names_.sync_all();
}

void FaultyFiles::fail(Op op, std::uint64_t nth) {
  const std::lock_guard lock(mutex_);
  fail_in_[static_cast<std::size_t>(op)] = nth;
}

void FaultyFiles::fail_randomly(Op op, double chance) {
  const std::lock_guard lock(mutex_);
  chance_[static_cast<std::size_t>(op)] = chance;
}

void FaultyFiles::set_room(std::optional<std::uint64_t> bytes) {
  const std::lock_guard lock(mutex_);
  room_ = bytes;
}

void FaultyFiles::cut_power() {
  const std::lock_guard lock(mutex_);
  off_ = true;
}

void FaultyFiles::cut_power_after(std::uint64_t nth) {
  const std::lock_guard lock(mutex_);
  cut_at_ = changes_ + nth;
}

bool FaultyFiles::power_is_off() const {
  const std::lock_guard lock(mutex_);
  return off_;
}

std::uint64_t FaultyFiles::changes() const {
  const std::lock_guard lock(mutex_);
  return changes_;
}

base::Status FaultyFiles::check_alive(std::uint64_t generation, const Path& path) const {
  if (off_) return failure(path, "the power is off");
  if (generation != generation_) return failure(path, "opened before the power was cut");
  return base::ok;
}

base::Status FaultyFiles::begin(Op op, const Path& path) {
  if (off_) return failure(path, "the power is off");
  if (op != Op::Read && op != Op::Open) {
    ++changes_;
    if (changes_ == cut_at_) {
      off_ = true;
      return failure(path, "the power went off");
    }
  }
  const auto index = static_cast<std::size_t>(op);
  if (fail_in_[index] > 0 && --fail_in_[index] == 0) return failure(path, "failed");
  constexpr double kSteps = 1'000'000;
  if (chance_[index] > 0 && static_cast<double>(random_() % 1'000'000) < chance_[index] * kSteps) {
    return failure(path, "failed");
  }
  return base::ok;
}

base::Result<std::unique_ptr<File>> FaultyFiles::open(const Path& path, Open how) {
  const std::lock_guard lock(mutex_);
  auto begun = begin(Op::Open, path);
  if (!begun) return begun.error();
  // A write that must fail may leave any part of itself behind, not only whole blocks.
  auto real = real_.open(path, how == Open::Direct ? Open::Write : how);
  if (!real) return real.error();
  DiskFilePtr disk = how == Open::Create ? std::make_shared<DiskFile>() : adopt(path);
  if (how == Open::Create) names_.create(path, disk);
  return std::unique_ptr<File>(
      std::make_unique<OpenFile>(*this, path, std::move(*real), std::move(disk),
                                 OpenFile::Origin{generation_, how == Open::Direct}));
}

base::Status FaultyFiles::write(OpenFile& file, std::uint64_t offset,
                                std::span<const std::byte> bytes) {
  const std::lock_guard lock(mutex_);
  auto alive = check_alive(file.generation, file.path);
  if (!alive) return alive;
  base::Status result = begin(Op::Write, file.path);
  if (!result) bytes = bytes.first(random_() % (bytes.size() + 1));

  if (room_) {
    auto size = file.real->size();
    if (!size) return size.error();
    const std::uint64_t end = std::max(*size, offset + bytes.size());
    if (end - *size > *room_) {
      const std::uint64_t most = *size + *room_;
      bytes = bytes.first(most > offset ? most - offset : 0);
      result = failure(file.path, "No space left on device");
    }
    *room_ -= std::min(*room_, end - *size);
  }
  auto written = file.real->write_at(offset, bytes);
  if (!written) return written;
  file.disk->write(offset, bytes);
  return result;
}

base::Status FaultyFiles::sync(OpenFile& file) {
  const std::lock_guard lock(mutex_);
  auto alive = check_alive(file.generation, file.path);
  if (!alive) return alive;
  if (file.disk->foreign) file.disk->write(0, content_of(*file.real));
  auto begun = begin(Op::Sync, file.path);
  if (!begun) {
    // Where the power went off, what was written is still on its way and decided by `restart`.
    if (!off_) file.disk->sync_and_fail(random_);
    return begun;
  }
  file.disk->sync();
  return base::ok;
}

DiskFilePtr FaultyFiles::adopt(const Path& path) {
  auto known = names_.find(path);
  if (known) return known;
  auto file = std::make_shared<DiskFile>();
  file->foreign = true;
  names_.create(path, file);
  return file;
}

void FaultyFiles::give_room_of(const Path& path) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  if (room_ && !error) *room_ += size;
}

base::Status FaultyFiles::rename(const Path& from, const Path& to) {
  const std::lock_guard lock(mutex_);
  auto begun = begin(Op::Rename, from);
  if (!begun) return begun;
  if (fs::exists(from)) {
    adopt(from);
    give_room_of(to);
  }
  auto renamed = real_.rename(from, to);
  if (renamed) names_.rename(from, to);
  return renamed;
}

base::Status FaultyFiles::remove(const Path& path) {
  const std::lock_guard lock(mutex_);
  auto begun = begin(Op::Remove, path);
  if (!begun) return begun;
  if (!fs::exists(path)) return base::ok;
  adopt(path);
  give_room_of(path);
  auto removed = real_.remove(path);
  if (removed) names_.remove(path);
  return removed;
}

base::Status FaultyFiles::make_folder(const Path& path) {
  const std::lock_guard lock(mutex_);
  auto begun = begin(Op::MakeFolder, path);
  if (!begun) return begun;
  auto made = real_.make_folder(path);
  if (!made) return made;
  std::vector<Path> missing;
  for (Path folder = path; !names_.folders().contains(folder); folder = folder.parent_path()) {
    missing.push_back(folder);
    if (folder == folder.parent_path()) break;
  }
  std::for_each(missing.rbegin(), missing.rend(),
                [&](const Path& folder) { names_.make_folder(folder); });
  return base::ok;
}

base::Result<std::vector<std::string>> FaultyFiles::list(const Path& path) const {
  const std::lock_guard lock(mutex_);
  if (off_) return failure(path, "the power is off");
  return real_.list(path);
}

base::Status FaultyFiles::sync_folder(const Path& path) {
  const std::lock_guard lock(mutex_);
  auto begun = begin(Op::SyncFolder, path);
  if (!begun) return begun;
  notice_what_others_did();
  names_.sync_folder(path);
  return base::ok;
}

base::Result<std::uint64_t> FaultyFiles::free_bytes(const Path& path) const {
  const std::lock_guard lock(mutex_);
  if (off_) return failure(path, "the power is off");
  if (room_) return *room_;
  return real_.free_bytes(path);
}

void FaultyFiles::notice_what_others_did() {
  std::vector<Path> gone;
  for (const auto& [path, file] : names_.seen()) {
    if (!fs::exists(path)) gone.push_back(path);
  }
  for (const auto& path : gone) names_.remove(path);
  // In the order of names, so that the same seed leads to the same end.
  std::set<Path> found;
  for (const auto& entry : fs::recursive_directory_iterator(root_)) found.insert(entry.path());
  for (const auto& path : found) {
    if (fs::is_directory(path)) {
      names_.make_folder(path);
    } else {
      adopt(path);
    }
  }
}

void FaultyFiles::restart() {
  const std::lock_guard lock(mutex_);
  notice_what_others_did();
  for (const auto& [path, file] : names_.seen()) {
    if (file->foreign) file->write(0, content_of(real_, path));
  }
  names_.cut_power(random_);

  for (const auto& entry : fs::directory_iterator(root_)) fs::remove_all(entry.path());
  for (const auto& folder : names_.folders()) fs::create_directories(folder);
  for (const auto& [path, file] : names_.seen()) {
    file->set_durable(file->after_power_cut(random_));
    file->foreign = false;
    auto made = real_.open(path, Open::Create);
    TIDEMARK_CHECK(made);
    auto written = (*made)->write_at(0, file->after_power_cut(random_));
    TIDEMARK_CHECK(written);
  }
  ++generation_;
  off_ = false;
  cut_at_ = 0;
}

}  // namespace tidemark::files
