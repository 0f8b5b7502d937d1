#include "files/disk_model.hpp"

#include <algorithm>

namespace tidemark::files {
namespace {

void apply(std::vector<std::byte>& content, std::uint64_t offset,
           std::span<const std::byte> bytes) {
  if (content.size() < offset + bytes.size()) content.resize(offset + bytes.size());
  std::copy(bytes.begin(), bytes.end(), content.begin() + static_cast<std::ptrdiff_t>(offset));
}

/// Calls `visit(offset, bytes)` for the part of a write in each sector.
template <class Visit>
void for_each_sector(std::uint64_t offset, std::span<const std::byte> bytes, Visit&& visit) {
  while (!bytes.empty()) {
    const std::uint64_t left = DiskFile::kSectorBytes - offset % DiskFile::kSectorBytes;
    const auto part = bytes.first(std::min<std::uint64_t>(left, bytes.size()));
    visit(offset, part);
    offset += part.size();
    bytes = bytes.subspan(part.size());
  }
}

bool toss(Random& random) { return (random() & 1) != 0; }

}  // namespace

void DiskFile::write(std::uint64_t offset, std::span<const std::byte> bytes) {
  pending_.push_back({.offset = offset, .bytes = {bytes.begin(), bytes.end()}});
}

void DiskFile::sync() {
  for (const Write& write : pending_) apply(durable_, write.offset, write.bytes);
  pending_.clear();
}

void DiskFile::sync_and_fail(Random& random) {
  durable_ = after_power_cut(random);
  pending_.clear();
}

void DiskFile::set_durable(std::vector<std::byte> content) {
  durable_ = std::move(content);
  pending_.clear();
}

std::vector<std::byte> DiskFile::after_power_cut(Random& random) const {
  auto content = durable_;
  // None, all, those before a point in time (the last one torn), or any sectors.
  const auto mode = random() % 4;
  if (mode == 0) return content;
  const std::size_t whole = mode == 2 && !pending_.empty() ? random() % pending_.size() : 0;
  for (std::size_t index = 0; index < pending_.size(); ++index) {
    const Write& write = pending_[index];
    const bool all = mode == 1 || (mode == 2 && index < whole);
    if (mode == 2 && index > whole) break;
    for_each_sector(write.offset, write.bytes,
                    [&](std::uint64_t offset, std::span<const std::byte> part) {
                      if (all || toss(random)) apply(content, offset, part);
                    });
  }
  return content;
}

DiskFilePtr DiskNames::find(const Path& path) const {
  const auto found = seen_.find(path);
  return found == seen_.end() ? nullptr : found->second;
}

void DiskNames::apply(const Change& change, Names& names, std::set<Path>& folders) {
  switch (change.kind) {
    case Kind::Create:
      names[change.to] = change.file;
      return;
    case Kind::MakeFolder:
      folders.insert(change.to);
      return;
    case Kind::Rename: {
      // Nothing to rename where the making of the old name was itself undone.
      const auto found = names.find(change.from);
      if (found == names.end() || found->second != change.file) return;
      names.erase(found);
      names[change.to] = change.file;
      return;
    }
    case Kind::Remove: {
      const auto found = names.find(change.from);
      if (found != names.end() && found->second == change.file) names.erase(found);
      return;
    }
  }
}

void DiskNames::create(const Path& path, DiskFilePtr file) {
  pending_.push_back({.kind = Kind::Create, .from = {}, .to = path, .file = std::move(file)});
  apply(pending_.back(), seen_, seen_folders_);
}

void DiskNames::rename(const Path& from, const Path& to) {
  pending_.push_back({.kind = Kind::Rename, .from = from, .to = to, .file = find(from)});
  apply(pending_.back(), seen_, seen_folders_);
}

void DiskNames::remove(const Path& path) {
  pending_.push_back({.kind = Kind::Remove, .from = path, .to = {}, .file = find(path)});
  apply(pending_.back(), seen_, seen_folders_);
}

void DiskNames::make_folder(const Path& path) {
  if (seen_folders_.contains(path)) return;
  pending_.push_back({.kind = Kind::MakeFolder, .from = {}, .to = path, .file = nullptr});
  apply(pending_.back(), seen_, seen_folders_);
}

void DiskNames::sync_folder(const Path& path) {
  std::erase_if(pending_, [&](const Change& change) {
    const bool here = (!change.from.empty() && change.from.parent_path() == path) ||
                      (!change.to.empty() && change.to.parent_path() == path);
    if (here) apply(change, durable_, durable_folders_);
    return here;
  });
}

void DiskNames::sync_all() {
  durable_ = seen_;
  durable_folders_ = seen_folders_;
  pending_.clear();
}

void DiskNames::cut_power(Random& random) {
  const bool in_order = toss(random);
  const std::size_t kept = random() % (pending_.size() + 1);
  for (std::size_t index = 0; index < pending_.size(); ++index) {
    if (in_order ? index < kept : toss(random)) {
      apply(pending_[index], durable_, durable_folders_);
    }
  }
  pending_.clear();
  seen_ = durable_;
  seen_folders_ = durable_folders_;
  drop_files_without_folder();
}

void DiskNames::drop_files_without_folder() {
  // Parents come first in the order of paths, so one pass is enough.
  std::erase_if(seen_folders_, [&](const Path& folder) {
    return folder.has_parent_path() && folder != *seen_folders_.begin() &&
           !seen_folders_.contains(folder.parent_path());
  });
  std::erase_if(
      seen_, [&](const auto& entry) { return !seen_folders_.contains(entry.first.parent_path()); });
  durable_ = seen_;
  durable_folders_ = seen_folders_;
}

}  // namespace tidemark::files
