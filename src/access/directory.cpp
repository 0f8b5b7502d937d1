#include "access/directory.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

#include "access/key_text.hpp"
#include "base/this_thread.hpp"

namespace tidemark::access {
namespace {

constexpr Micros kHour = 3'600 * base::kMicrosPerSecond;

}  // namespace

std::size_t Known::DigestHash::operator()(const catalog::KeyDigest& digest) const noexcept {
  // A digest is as good as random, and nobody can choose one that is in the table.
  std::size_t first = 0;
  static_assert(sizeof first <= sizeof(catalog::KeyDigest));
  std::memcpy(&first, digest.data(), sizeof first);
  return first;
}

Known::Known(catalog::Contents contents)
    : contents_(std::move(contents)),
      noted_hours_(std::make_unique<std::atomic<Micros>[]>(  // NOLINT(*-avoid-c-arrays)
          contents_.keys.size())) {
  for (std::size_t i = 0; i < contents_.projects.size(); ++i) {
    by_name_.emplace(contents_.projects[i].name, i);
    by_id_.emplace(contents_.projects[i].id, i);
  }
  for (std::size_t i = 0; i < contents_.keys.size(); ++i) {
    by_digest_.emplace(contents_.keys[i].digest, i);
    noted_hours_[i] = contents_.keys[i].last_used_at.value_or(0);
  }
}

const catalog::Project* Known::project(event::ProjectId id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &contents_.projects[found->second];
}

const catalog::Project* Known::project_named(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &contents_.projects[found->second];
}

const catalog::Key* Known::key(const catalog::KeyDigest& digest) const {
  const auto found = by_digest_.find(digest);
  if (found == by_digest_.end()) return nullptr;
  const catalog::Key& key = contents_.keys[found->second];
  return same(key.digest, digest) ? &key : nullptr;
}

base::Result<std::unique_ptr<Directory>> Directory::open(catalog::Catalog& catalog,
                                                         Options options) {
  std::unique_ptr<Directory> self(new Directory(catalog, std::move(options)));
  if (auto read = self->refresh(); !read) return read.error().while_doing("reading the catalog");
  self->thread_ = std::jthread([self = self.get()](const std::stop_token& stop) {
    base::name_this_thread("directory");
    self->look_again(stop);
  });
  return self;
}

Directory::Directory(catalog::Catalog& catalog, Options options)
    : catalog_(catalog), options_(std::move(options)) {}

Directory::~Directory() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
  write_uses();
}

std::shared_ptr<const Known> Directory::known() const {
  const std::lock_guard lock(mutex_);
  return known_;
}

base::Status Directory::refresh() {
  const std::lock_guard alone(refreshing_);
  const auto version = catalog_.version();
  if (!version) return version.error();
  if (const auto old = known(); old != nullptr && old->version() == *version) return base::ok;
  auto contents = catalog_.contents();
  if (!contents) return contents.error();
  auto fresh = std::make_shared<const Known>(std::move(*contents));
  const std::lock_guard lock(mutex_);
  known_.swap(fresh);
  return base::ok;
}

void Directory::note_use(const Known& known, const catalog::Key& key, Micros now) {
  const auto place = static_cast<std::size_t>(&key - known.contents_.keys.data());
  assert(place < known.contents_.keys.size());
  const Micros hour = now / kHour * kHour;
  auto& noted = known.noted_hours_[place];
  if (noted.load(std::memory_order_relaxed) >= hour) return;
  noted.store(hour, std::memory_order_relaxed);
  const std::lock_guard lock(mutex_);
  used_hour_ = std::max(used_hour_, hour);
  if (used_.size() < catalog::kKeysMax) used_.push_back(key.id);
}

void Directory::look_again(std::stop_token stop) {
  using Clock = std::chrono::steady_clock;
  auto uses_written = Clock::now();
  bool could_read = true;
  std::unique_lock lock(waiting_);
  while (
      !stopped_.wait_for(lock, stop, options_.look_every, [&] { return stop.stop_requested(); })) {
    const auto read = refresh();
    const bool can_read = static_cast<bool>(read);
    if (can_read != could_read && options_.on_state) options_.on_state(read);
    could_read = can_read;
    if (Clock::now() - uses_written < options_.note_uses_every) continue;
    uses_written = Clock::now();
    write_uses();
  }
}

/// The time of last use is for people to find keys that nobody uses: a lost note does no harm.
void Directory::write_uses() {
  std::vector<std::uint64_t> used;
  Micros hour = 0;
  {
    const std::lock_guard lock(mutex_);
    used.swap(used_);
    hour = used_hour_;
  }
  if (used.empty()) return;
  if (auto noted = catalog_.note_used(used, hour); !noted && options_.on_state) {
    options_.on_state(noted);
  }
}

}  // namespace tidemark::access
