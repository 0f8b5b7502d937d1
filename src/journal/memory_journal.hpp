#pragma once

/// A journal in memory, for tests: it drops only what is released, and fails on request.

#include <mutex>
#include <vector>

#include "journal/journal.hpp"

namespace tidemark::journal {

/// Threads: any.
class MemoryJournal final : public Journal {
 public:
  explicit MemoryJournal(Sequence begin = 0) : end_(begin) {}
  using Journal::append;

  base::Status append(Sequence first, std::uint32_t count,
                      std::span<const std::span<const std::byte>> pieces) override {
    const std::lock_guard lock(mutex_);
    if (poisoned_ || fail_next_) {
      poisoned_ = true;
      return base::Error{base::ErrorCode::Unavailable, "the journal takes nothing more"};
    }
    if (first != end_ || count == 0) {
      return base::Error{base::ErrorCode::InvalidInput, "a record that does not follow the last"};
    }
    Kept kept{first, count, {}};
    for (const auto piece : pieces) {
      kept.content.insert(kept.content.end(), piece.begin(), piece.end());
    }
    if (kept.content.size() > kContentBytesMax) {
      return base::Error{base::ErrorCode::TooLarge, "a record that is too large"};
    }
    end_ += count;
    ++appended_;
    records_.push_back(std::move(kept));
    return base::ok;
  }

  base::Status release(Sequence end) override {
    const std::lock_guard lock(mutex_);
    std::erase_if(records_, [&](const Kept& kept) { return kept.first + kept.count <= end; });
    return base::ok;
  }

  [[nodiscard]] Sequence begin() const override {
    const std::lock_guard lock(mutex_);
    return records_.empty() ? end_ : records_.front().first;
  }
  [[nodiscard]] Sequence end() const override {
    const std::lock_guard lock(mutex_);
    return end_;
  }
  [[nodiscard]] std::size_t content_bytes_max() const override { return kContentBytesMax; }
  [[nodiscard]] std::uint64_t bytes() const override {
    const std::lock_guard lock(mutex_);
    std::uint64_t total = 0;
    for (const auto& kept : records_) total += kept.content.size();
    return total;
  }
  [[nodiscard]] Stats stats() const override {
    const std::uint64_t kept = bytes();
    const std::lock_guard lock(mutex_);
    return {.segments = 1, .disk_bytes = kept, .appended_records = appended_};
  }

  /// What an opening would visit: the records that hold an event at or after `from`.
  base::Status replay(Sequence from, const Visitor& visit) const {
    const std::lock_guard lock(mutex_);
    for (const auto& kept : records_) {
      if (kept.first + kept.count <= from) continue;
      auto visited = visit({.first = kept.first, .count = kept.count, .content = kept.content});
      if (!visited) return visited;
    }
    return base::ok;
  }

  /// Makes the next append fail without a trace, and all later ones until `reopen`.
  void fail_next_append() {
    const std::lock_guard lock(mutex_);
    fail_next_ = true;
  }
  void reopen() {
    const std::lock_guard lock(mutex_);
    fail_next_ = poisoned_ = false;
  }

 private:
  struct Kept {
    Sequence first;
    std::uint32_t count;
    std::vector<std::byte> content;
  };

  mutable std::mutex mutex_;
  std::vector<Kept> records_;
  Sequence end_;
  std::uint64_t appended_ = 0;
  bool fail_next_ = false;
  bool poisoned_ = false;
};

}  // namespace tidemark::journal
