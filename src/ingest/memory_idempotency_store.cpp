#include "ingest/memory_idempotency_store.hpp"

#include <cassert>
#include <utility>

namespace tidemark::ingest {
namespace {

/// List node, map node and the pointers between them, roughly.
constexpr std::size_t kEntryOverheadBytes = 200;

}  // namespace

std::size_t MemoryIdempotencyStore::Entry::bytes() const {
  return kEntryOverheadBytes + key.size() +
         (answer ? answer->body.size() + answer->content_type.size() : 0);
}

void MemoryIdempotencyStore::erase(Entries::iterator entry) {
  assert(bytes_ >= entry->bytes());
  bytes_ -= entry->bytes();
  by_key_.erase(entry->key);
  entries_.erase(entry);
  assert(by_key_.size() == entries_.size());
}

void MemoryIdempotencyStore::make_room() {
  const auto now = clock_.now();
  while (!entries_.empty()) {
    const bool old = entries_.front().begun + options_.age_max <= now;
    const bool full = entries_.size() > options_.keys_max || bytes_ > options_.bytes_max;
    if (!old && !full) return;
    if (!old) ++dropped_;
    erase(entries_.begin());
  }
  assert(bytes_ == 0 && by_key_.empty());
}

void MemoryIdempotencyStore::begin(std::string_view key, event::IdHash request,
                                   LookedHandler done) {
  done(look(key, request));
}

MemoryIdempotencyStore::Looked MemoryIdempotencyStore::look(std::string_view key,
                                                            event::IdHash request) {
  const std::lock_guard lock(mutex_);
  make_room();
  if (const auto found = by_key_.find(key); found != by_key_.end()) {
    const Entry& entry = *found->second;
    if (entry.request != request) return {.verdict = Verdict::Different, .answer = nullptr};
    if (entry.answer == nullptr) return {.verdict = Verdict::Running, .answer = nullptr};
    return {.verdict = Verdict::Repeat, .answer = entry.answer};
  }
  const auto use = ++uses_;
  entries_.push_back({.key = std::string(key),
                      .request = request,
                      .use = use,
                      .begun = clock_.now(),
                      .answer = nullptr});
  const auto entry = std::prev(entries_.end());
  by_key_.emplace(entry->key, entry);
  bytes_ += entry->bytes();
  assert(by_key_.size() == entries_.size());
  make_room();
  return {.verdict = Verdict::Begin, .use = use, .answer = nullptr};
}

MemoryIdempotencyStore::Entries::iterator MemoryIdempotencyStore::running(std::string_view key,
                                                                          std::uint64_t use) {
  const auto found = by_key_.find(key);
  // It may have been the oldest of too many, and the key begun anew by another request.
  if (found == by_key_.end() || found->second->use != use) return entries_.end();
  return found->second;
}

void MemoryIdempotencyStore::finish(std::string_view key, std::uint64_t use,
                                    RememberedAnswer answer, FinishedHandler done) {
  keep(key, use, std::move(answer));
  done();
}

void MemoryIdempotencyStore::keep(std::string_view key, std::uint64_t use,
                                  RememberedAnswer answer) {
  const std::lock_guard lock(mutex_);
  const auto entry = running(key, use);
  if (entry == entries_.end()) return;
  assert(bytes_ >= entry->bytes());
  bytes_ -= entry->bytes();
  entry->answer = std::make_shared<const RememberedAnswer>(std::move(answer));
  bytes_ += entry->bytes();
  make_room();
}

void MemoryIdempotencyStore::forget(std::string_view key, std::uint64_t use) {
  const std::lock_guard lock(mutex_);
  if (const auto entry = running(key, use); entry != entries_.end()) erase(entry);
}

std::size_t MemoryIdempotencyStore::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

std::uint64_t MemoryIdempotencyStore::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

}  // namespace tidemark::ingest
