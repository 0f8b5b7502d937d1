#pragma once

/// Decides how many rows one request has.

#include <algorithm>
#include <cstddef>

namespace tidemark::app {

/// The status with which a service answers a request that is too large.
inline constexpr int kTooLarge = 413;

/// The limit is a setting of the service: after a request that was too large, half its rows are
/// tried and remembered; now and then twice as many, because a single long row may have been the
/// reason.
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
