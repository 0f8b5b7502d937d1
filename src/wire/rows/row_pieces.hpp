#pragma once

/// A stream as pieces of memory that its rows may point into.

#include <cassert>
#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "wire/byte_source.hpp"

namespace tidemark::wire {

/// Threads: one.
class RowPieces {
 public:
  explicit RowPieces(std::unique_ptr<ByteSource> source) : source_(std::move(source)) {}

  /// The bytes that were read but not taken yet. `fill` moves them; kBodyPaddingBytes are readable
  /// after them.
  [[nodiscard]] const char* at() const { return at_; }
  [[nodiscard]] const char* end() const { return end_; }
  [[nodiscard]] std::string_view rest() const { return {at_, end_}; }
  void pass_to(const char* at) {
    assert(at <= end_);
    at_ = at;
  }

  /// Moves the remaining bytes into a new piece and reads on until the piece is full. A byte order
  /// mark at the very beginning is skipped.
  void fill();
  /// Nothing more comes, because of the end or an error of the source.
  [[nodiscard]] bool ended() const { return ended_; }
  [[nodiscard]] const std::optional<base::Error>& failure() const { return failure_; }

  /// The owner that keeps the latest bytes alive.
  [[nodiscard]] std::shared_ptr<const void> owner() const { return piece_; }

 private:
  std::unique_ptr<ByteSource> source_;
  std::shared_ptr<char[]> piece_;
  const char* at_ = nullptr;
  const char* end_ = nullptr;
  bool ended_ = false;
  std::optional<base::Error> failure_;
};

}  // namespace tidemark::wire
