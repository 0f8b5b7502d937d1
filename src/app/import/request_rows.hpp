#pragma once

/// How many rows one request holds.

#include <algorithm>
#include <cstddef>

namespace tidemark::app {

/// Of a request: what the service answers where it is too large.
inline constexpr int kTooLarge = 413;

/// What a service takes is its own setting: half of what was too large is tried, and remembered;
/// now and then twice as many, for one long row may have been why.
class RequestRows {
 public:
  explicit RequestRows(std::size_t most) : most_(most), rows_(most) {}

  [[nodiscard]] std::size_t most() const { return rows_; }
  void were_too_many(std::size_t rows) {
    rows_ = std::max<std::size_t>(rows / 2, 1);
    taken_ = 0;
  }
  void were_taken() {
    if (rows_ == most_ || ++taken_ < kTakenEnough) return;
    rows_ = std::min(2 * rows_, most_);
    taken_ = 0;
  }

 private:
  static constexpr int kTakenEnough = 16;

  std::size_t most_;
  std::size_t rows_;
  int taken_ = 0;
};

}  // namespace tidemark::app
