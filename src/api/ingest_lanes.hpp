#pragma once

/// The lanes that unpack and parse bodies which would hold up a network thread.

#include <cstddef>

#include "http/worker_pool.hpp"

namespace tidemark::api {

/// Questions do not wait here, and bodies do not wait for questions. Large bodies have their own
/// threads, so that a few of them do not hold up bodies of ordinary size.
class IngestLanes {
 public:
  /// A body up to this size is parsed on the thread that read it: some tens of microseconds.
  static constexpr std::size_t kHereBytesMax = std::size_t{64} * 1'024;
  /// A larger body than this counts as large: some milliseconds.
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
