#include "archive/segment_checks.hpp"

#include <cassert>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include <sys/stat.h>

#include "archive/block_sums.hpp"
#include "archive/row_reader.hpp"
#include "clients/duckdb/database.hpp"

namespace tidemark::archive {
namespace {

using base::Error;
using base::ErrorCode;

/// The time between two looks of a waiting thread at its `stop`.
constexpr std::chrono::milliseconds kWaitPiece{20};
/// For reading a segment of an older program, whose row groups have 40,960 rows of any length.
constexpr std::uint64_t kContentMemoryBytes = std::uint64_t{512} << 20U;

/// The facts that change when a file is written or replaced.
struct Stamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t bytes = 0;
  std::int64_t written = 0;  // nanoseconds, of what is in it
  std::int64_t changed = 0;  // nanoseconds, of any change; cannot be set back

  bool operator==(const Stamp&) const = default;
};

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

base::Result<Stamp> stamp_of(const std::filesystem::path& path) {
  struct stat told{};
  if (::stat(path.c_str(), &told) != 0) {
    return Error{ErrorCode::Unavailable, path.string() + ": " + std::strerror(errno)};
  }
  return Stamp{.device = told.st_dev,
               .inode = told.st_ino,
               .bytes = told.st_size,
               .written = nanoseconds(told.st_mtim),
               .changed = nanoseconds(told.st_ctim)};
}

std::chrono::nanoseconds now() { return std::chrono::system_clock::now().time_since_epoch(); }

std::int64_t seconds_now() {
  return std::chrono::duration_cast<std::chrono::seconds>(now()).count();
}

/// Every row against the hash that the manifest has of them all.
base::Status compare_content(const std::filesystem::path& path, const SegmentFile& segment) {
  auto database = clients::duckdb::Database::open(
      {.memory_bytes_max = kContentMemoryBytes, .threads = 1, .cache_files = false});
  if (!database) return database.error();
  auto connection = (*database)->connect();
  if (!connection) return connection.error();
  return check_content(*connection, path, segment);
}

}  // namespace

/// What is known about one file. All except `reading` is guarded by the lock of State.
struct SegmentChecks::Known {
  std::timed_mutex reading;    // held by the thread that reads the file
  std::optional<Stamp> stamp;  // of the file that was compared; nothing: look at it again
  base::Status found = base::ok;
  std::vector<std::uint64_t> made;
  std::int64_t checked_at = 0;
};

struct SegmentChecks::State {
  files::Files& files;
  Options options;
  mutable std::mutex mutex;
  std::map<std::string, std::shared_ptr<Known>> known;
  std::uint64_t bytes = 0;

  std::shared_ptr<Known> of(const std::string& file) {
    const std::lock_guard lock(mutex);
    auto& entry = known[file];
    if (!entry) entry = std::make_shared<Known>();
    return entry;
  }
  /// The result for the file in its present state; nothing if there is none.
  std::optional<base::Status> found(const Known& known_of_it, const Stamp& stamp) const {
    const std::lock_guard lock(mutex);
    if (known_of_it.stamp != stamp) return std::nullopt;
    return known_of_it.found;
  }
  void note(Known& of_it, const std::optional<Stamp>& stamp, const base::Status& found) {
    assert(found || found.error().code() == ErrorCode::Corrupt);
    bool is_new = false;
    {
      const std::lock_guard lock(mutex);
      is_new = !found && of_it.found;
      of_it.stamp = stamp;
      of_it.found = found;
      of_it.checked_at = seconds_now();
    }
    if (is_new && options.on_damage) options.on_damage(found.error());
  }
};

SegmentChecks::SegmentChecks(files::Files& files, Options options)
    : state_(new State{
          .files = files, .options = std::move(options), .mutex = {}, .known = {}, .bytes = 0}) {}
SegmentChecks::~SegmentChecks() = default;

base::Status SegmentChecks::require(const Manifest& manifest, const SegmentFile& segment,
                                    const Stop& stop) {
  auto stamp = stamp_of(manifest.folder / segment.file);
  if (!stamp) return stamp.error();
  const auto known = state_->of(segment.file);
  if (const auto found = state_->found(*known, *stamp)) return *found;
  std::unique_lock turn(known->reading, std::defer_lock);
  while (!turn.try_lock_for(kWaitPiece)) {
    if (stop && stop()) return Error{ErrorCode::TimedOut, "the query was cancelled"};
  }
  if (const auto found = state_->found(*known, *stamp)) return *found;
  return read(manifest, segment, {}, stop);
}

base::Status SegmentChecks::read_again(const Manifest& manifest, const SegmentFile& segment,
                                       const Pace& pace, const Stop& stop) {
  return read(manifest, segment, pace, stop);
}

base::Status SegmentChecks::read(const Manifest& manifest, const SegmentFile& segment,
                                 const Pace& pace, const Stop& stop) {
  const auto path = manifest.folder / segment.file;
  // Before the file is read: what changes meanwhile is looked at again.
  const auto stamp = stamp_of(path);
  if (!stamp) return stamp.error();
  const auto age = now() - std::chrono::nanoseconds(stamp->changed);
  const bool settled = std::chrono::abs(age) >= state_->options.settled;
  const auto known = state_->of(segment.file);
  const auto before = [&](std::uint64_t bytes) -> base::Status {
    if (pace) pace(bytes);
    if (stop && stop()) return Error{ErrorCode::TimedOut, "the query was cancelled"};
    const std::lock_guard lock(state_->mutex);
    state_->bytes += bytes;
    return base::ok;
  };
  base::Status found = base::ok;
  const auto sums = block_sums(state_->files, path, segment.bytes, before);
  const auto written = sums_of(segment);
  if (!sums) {
    found = sums.error();
  } else if (!written.empty()) {
    found = compare_sums(path, segment.bytes, written, *sums);
  } else {
    found = compare_content(path, segment);
  }
  if (!found && found.error().code() != ErrorCode::Corrupt) return found;
  if (found && written.empty()) {
    const std::lock_guard lock(state_->mutex);
    known->made = *sums;
  }
  state_->note(*known, settled ? std::optional(*stamp) : std::nullopt, found);
  return found;
}

void SegmentChecks::note_written(const std::string& file) {
  const auto known = state_->of(file);
  const std::lock_guard lock(state_->mutex);
  known->checked_at = seconds_now();
}

std::vector<std::uint64_t> SegmentChecks::sums_of(const SegmentFile& segment) const {
  if (!segment.block_sums.empty()) return segment.block_sums;
  const std::lock_guard lock(state_->mutex);
  const auto known = state_->known.find(segment.file);
  return known == state_->known.end() ? std::vector<std::uint64_t>() : known->second->made;
}

std::int64_t SegmentChecks::checked_at(const std::string& file) const {
  const std::lock_guard lock(state_->mutex);
  const auto known = state_->known.find(file);
  return known == state_->known.end() ? 0 : known->second->checked_at;
}

SegmentChecks::Figures SegmentChecks::figures() const {
  const std::lock_guard lock(state_->mutex);
  Figures figures{.bytes = state_->bytes, .damaged = 0};
  for (const auto& [file, known] : state_->known) figures.damaged += known->found ? 0 : 1;
  return figures;
}

}  // namespace tidemark::archive
