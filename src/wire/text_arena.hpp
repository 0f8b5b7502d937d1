#pragma once

/// Room for texts that had to be written anew.

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace tidemark::wire {

/// Hands out bytes that stay where they are as long as the arena lives.
class TextArena {
 public:
  /// The first block has at most `bytes_expected`; no memory is taken before it is needed.
  explicit TextArena(std::size_t bytes_expected) : block_bytes_(bytes_expected) {}

  /// Room for at least `bytes`, until the next call.
  char* room(std::size_t bytes) {
    if (bytes > left_) {
      constexpr std::size_t kBlockBytesMin = 512;
      constexpr std::size_t kBlockBytesMax = std::size_t{256} * 1024;
      left_ = std::max(bytes, std::clamp(block_bytes_, kBlockBytesMin, kBlockBytesMax));
      blocks_.push_back(std::unique_ptr<char[]>(new char[left_]));
      next_ = blocks_.back().get();
    }
    return next_;
  }
  /// Keeps the first `bytes` of the room.
  std::string_view keep(std::size_t bytes) {
    assert(bytes <= left_);
    const std::string_view kept{next_, bytes};
    next_ += bytes;
    left_ -= bytes;
    return kept;
  }
  [[nodiscard]] bool empty() const { return blocks_.empty(); }

 private:
  std::size_t block_bytes_;
  char* next_ = nullptr;
  std::size_t left_ = 0;
  std::vector<std::unique_ptr<char[]>> blocks_;
};

}  // namespace tidemark::wire
