#include "ingest/remembered_answers.hpp"

#include <utility>

namespace tidemark::ingest {
namespace {

/// List node, map node and the pointers between them, roughly.
constexpr std::size_t kEntryOverheadBytes = 200;

}  // namespace

std::size_t RememberedAnswers::Entry::bytes() const {
  return kEntryOverheadBytes + key.size() +
         (answer ? answer->body.size() + answer->content_type.size() : 0);
}

void RememberedAnswers::erase(Entries::iterator entry) {
  bytes_ -= entry->bytes();
  by_key_.erase(entry->key);
  entries_.erase(entry);
}

void RememberedAnswers::make_room(base::Micros now) {
  while (!entries_.empty()) {
    const bool old = entries_.front().begun + options_.age_max <= now;
    const bool full = entries_.size() > options_.keys_max || bytes_ > options_.bytes_max;
    if (!old && !full) return;
    if (!old) ++dropped_;
    erase(entries_.begin());
  }
}

RememberedAnswers::Looked RememberedAnswers::begin(std::string_view key, event::IdHash request,
                                                   base::Micros now) {
  const std::lock_guard lock(mutex_);
  make_room(now);
  if (const auto found = by_key_.find(key); found != by_key_.end()) {
    const Entry& entry = *found->second;
    if (entry.request != request) return {Verdict::Different, nullptr};
    if (entry.answer == nullptr) return {Verdict::Running, nullptr};
    return {Verdict::Repeat, entry.answer};
  }
  entries_.push_back(
      {.key = std::string(key), .request = request, .begun = now, .answer = nullptr});
  const auto entry = std::prev(entries_.end());
  by_key_.emplace(entry->key, entry);
  bytes_ += entry->bytes();
  make_room(now);
  return {};
}

void RememberedAnswers::finish(std::string_view key, RememberedAnswer answer) {
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return;  // it was the oldest of too many
  bytes_ -= found->second->bytes();
  found->second->answer = std::make_shared<const RememberedAnswer>(std::move(answer));
  bytes_ += found->second->bytes();
  make_room(found->second->begun);
}

void RememberedAnswers::forget(std::string_view key) {
  const std::lock_guard lock(mutex_);
  if (const auto found = by_key_.find(key); found != by_key_.end()) erase(found->second);
}

std::size_t RememberedAnswers::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

std::uint64_t RememberedAnswers::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

}  // namespace tidemark::ingest
