#pragma once

/// Where bodies are unpacked and parsed that would hold up a network thread.

#include <cstddef>

#include "http/worker_pool.hpp"

namespace tidemark::api {

/// Questions do not wait here and bodies do not wait for questions. Large bodies have threads of
/// their own, so that a few of them do not hold up those of ordinary size.
class IngestLanes {
 public:
  /// A body of that size is parsed where it was read: some tens of microseconds.
  static constexpr std::size_t kHereBytesMax = std::size_t{64} * 1'024;
  /// A body of more than that is a large one: some milliseconds.
  static constexpr std::size_t kMediumBytesMax = std::size_t{1} << 20U;

  IngestLanes(http::WorkerPool::Options medium, http::WorkerPool::Options large)
      : medium_(std::move(medium)), large_(std::move(large)) {}

  [[nodiscard]] http::WorkerPool& lane_for(std::size_t bytes) {
    return bytes <= kMediumBytesMax ? medium_ : large_;
  }
  [[nodiscard]] std::size_t waiting() const { return medium_.waiting() + large_.waiting(); }
  [[nodiscard]] std::size_t refused() const { return medium_.refused() + large_.refused(); }
  void stop() {
    medium_.stop();
    large_.stop();
  }

 private:
  http::WorkerPool medium_;
  http::WorkerPool large_;
};

}  // namespace tidemark::api
