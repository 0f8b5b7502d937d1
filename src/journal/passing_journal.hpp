#pragma once

/// A journal that keeps nothing, for events that can be read again from their source.

#include <atomic>

#include "journal/journal.hpp"

namespace tidemark::journal {

/// Promise:  counts like a journal, so that writers need not know that it keeps nothing. An opening
///           of the store reads missing events from their source, not from here.
/// Threads:  as Journal's.
class PassingJournal final : public Journal {
 public:
  explicit PassingJournal(Sequence end) : begin_(end), end_(end) {}
  using Journal::append;

  base::Status append(Sequence first, std::uint32_t count,
                      std::span<const std::span<const std::byte>> /*pieces*/) override {
    if (first != end_) {
      return base::Error{base::ErrorCode::InvalidInput, "a record that does not follow the last"};
    }
    end_ = first + count;
    ++records_;
    return base::ok;
  }
  base::Status release(Sequence end) override {
    begin_ = end;
    return base::ok;
  }
  [[nodiscard]] Sequence begin() const override { return begin_; }
  [[nodiscard]] Sequence end() const override { return end_; }
  [[nodiscard]] std::size_t content_bytes_max() const override { return kContentBytesMax; }
  [[nodiscard]] std::uint64_t bytes() const override { return 0; }
  [[nodiscard]] Stats stats() const override { return {.appended_records = records_}; }

 private:
  std::atomic<Sequence> begin_;
  std::atomic<Sequence> end_;
  std::atomic<std::uint64_t> records_{0};
};

}  // namespace tidemark::journal
