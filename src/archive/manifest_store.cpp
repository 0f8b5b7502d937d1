#include "archive/manifest_store.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cstdio>
#include <set>
#include <utility>

#include "archive/manifest_text.hpp"
#include "base/check.hpp"

namespace tidemark::archive {
namespace {

using base::ErrorCode;

constexpr std::string_view kName = "MANIFEST";
// A segment is some 120 bytes here; 64 MiB are half a million of them.
constexpr std::uint64_t kBytesMax = std::uint64_t{64} << 20U;

base::Result<Manifest> read(files::Files& files, const std::filesystem::path& path) {
  auto names = files.list(path.parent_path());
  if (!names) return names.error();
  if (!std::binary_search(names->begin(), names->end(), kName)) return Manifest{};
  auto text = files::read_whole(files, path, kBytesMax);
  if (!text) return text.error();
  auto manifest = parse_manifest(*text);
  if (!manifest) return manifest.error().while_doing("reading " + path.string());
  return manifest;
}

/// Checks that every necessary file exists with its size.
base::Status check_segment(files::Files& files, const std::filesystem::path& folder,
                           const SegmentFile& segment) {
  const auto path = folder / segment.file;
  auto file = files.open(path, files::Open::Read);
  if (!file) {
    return base::Error(
        ErrorCode::Corrupt,
        "MANIFEST names " + path.string() + ", which cannot be opened: " + file.error().message());
  }
  auto bytes = (*file)->size();
  if (!bytes) return bytes.error();
  if (*bytes == segment.bytes) return base::ok;
  return base::Error(ErrorCode::Corrupt, path.string() + " has " + std::to_string(*bytes) +
                                             " bytes where MANIFEST says " +
                                             std::to_string(segment.bytes));
}

bool is_of_the_archive(std::string_view name) {
  return name.ends_with(".tmp") || name.ends_with(".parquet") || name.ends_with(".ids");
}

}  // namespace

FileLease::~FileLease() {
  if (!condemned_.load()) return;
  auto removed = files_.remove(path_);
  if (!removed) return;  // an orphan: the next start tries again
}

ManifestStore::ManifestStore(files::Files& files, std::filesystem::path folder)
    : files_(files), folder_(std::move(folder)) {}

base::Result<std::unique_ptr<ManifestStore>> ManifestStore::open(
    files::Files& files, const std::filesystem::path& folder) {
  if (auto made = files.make_folder(folder); !made) return made.error();
  // A power cut may not take away the folder itself, with all that is named in it.
  const auto parent = folder.has_parent_path() ? folder.parent_path() : ".";
  if (auto kept = files.sync_folder(parent); !kept) return kept.error();
  auto manifest = read(files, folder / kName);
  if (!manifest) return manifest.error();
  for (const auto& segment : manifest->segments) {
    if (auto there = check_segment(files, folder, segment); !there) return there.error();
  }
  std::unique_ptr<ManifestStore> store(new ManifestStore(files, folder));
  store->generation_ = manifest->generation;
  manifest->folder = folder;
  store->current_ = store->with_leases(std::move(*manifest));
  return store;
}

ManifestPtr ManifestStore::current() const {
  const std::lock_guard lock(mutex_);
  assert(current_ != nullptr);
  return current_;
}

std::uint64_t ManifestStore::next_generation() { return ++generation_; }

base::Result<ManifestPtr> ManifestStore::replace(Listing listing) {
  Manifest next;
  next.folder = folder_;
  next.segments = std::move(listing.segments);
  next.runs = std::move(listing.runs);
  next.emptied = std::move(listing.emptied);
  next.generation = next_generation();
  if (witness_) {
    auto witness = witness_();
    if (!witness) return witness.error();
    next.witness = *witness;
  }
  // The end must never fall: otherwise archived sequences would be given again.
  TIDEMARK_CHECK(next.end() >= current()->end());
  assert(next.generation > current()->generation);
  const auto text = manifest_text(next);
  // Text that cannot be read again must not be written.
  if (auto read_back = parse_manifest(text); !read_back) {
    return base::Error(ErrorCode::InvalidInput, read_back.error().message());
  }
  if (auto written = files::replace_whole(files_, folder_ / kName, text); !written) {
    return written.error();
  }
  if (replaced_) replaced_(next.generation);
  auto replacement = with_leases(std::move(next));
  ManifestPtr old;
  {
    const std::lock_guard lock(mutex_);
    old = std::exchange(current_, replacement);
  }
  std::set<const FileLease*> kept;
  for (const auto& lease : replacement->leases) kept.insert(lease.get());
  for (const auto& lease : old->leases) {
    if (!kept.contains(lease.get())) lease->condemn();
  }
  return replacement;
}

ManifestPtr ManifestStore::with_leases(Manifest manifest) {
  std::unordered_map<std::string, std::weak_ptr<FileLease>> leases;
  const auto hold = [&](const std::string& file) {
    const auto known = leases_.find(file);
    auto lease = known == leases_.end() ? nullptr : known->second.lock();
    if (!lease) lease = std::make_shared<FileLease>(files_, folder_ / file);
    leases[file] = lease;
    manifest.leases.push_back(std::move(lease));
  };
  for (const auto& segment : manifest.segments) hold(segment.file);
  for (const auto& run : manifest.runs) hold(run.file);
  assert(manifest.leases.size() == manifest.segments.size() + manifest.runs.size());
  leases_ = std::move(leases);
  return std::make_shared<const Manifest>(std::move(manifest));
}

base::Result<std::vector<std::string>> ManifestStore::orphans() const {
  auto names = files_.list(folder_);
  if (!names) return names.error();
  std::erase_if(*names, [&](const std::string& name) {
    return !is_of_the_archive(name) || leases_.contains(name);
  });
  return names;
}

base::Result<std::vector<std::string>> ManifestStore::remove_orphans() {
  auto names = orphans();
  if (!names) return names.error();
  for (const auto& name : *names) {
    if (auto removed = files_.remove(folder_ / name); !removed) return removed.error();
  }
  return names;
}

base::Result<std::vector<std::string>> ManifestStore::put_orphans_aside() {
  auto names = orphans();
  if (!names) return names.error();
  std::vector<std::string> kept;
  for (const auto& name : *names) {
    if (!name.ends_with(".parquet")) continue;
    kept.push_back(name + ".lost");
    auto renamed = files_.rename(folder_ / name, folder_ / kept.back());
    if (!renamed) return renamed.error();
  }
  if (auto synced = files_.sync_folder(folder_); !synced) return synced.error();
  if (auto removed = remove_orphans(); !removed) return removed.error();
  return kept;
}

base::Result<std::pair<Sequence, std::string>> ManifestStore::proven_by_files() const {
  auto names = files_.list(folder_);
  if (!names) return names.error();
  std::pair<Sequence, std::string> proven;
  for (auto& name : *names) {
    Sequence first = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), first);
    if (error != std::errc() || *end != '-' || !name.ends_with(".parquet")) continue;
    if (first + 1 > proven.first) proven = {first + 1, std::move(name)};
  }
  return proven;
}

std::string segment_name(Sequence first, std::uint64_t generation) {
  char digits[21];
  std::snprintf(&digits[0], sizeof digits, "%020llu", static_cast<unsigned long long>(first));
  return std::string(&digits[0]) + '-' + std::to_string(generation) + ".parquet";
}

}  // namespace tidemark::archive
