#pragma once

/// Bytes that were read from a connection and not used yet.

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

namespace tidemark::http::network {

/// Contiguous bytes: written at the end, taken from the front.
class Input {
 public:
  explicit Input(std::size_t capacity_max) : capacity_max_(capacity_max) {}

  [[nodiscard]] std::string_view view() const noexcept {
    assert(begin_ <= end_ && end_ <= capacity_);
    return {bytes_.get() + begin_, end_ - begin_};
  }
  [[nodiscard]] bool empty() const noexcept { return begin_ == end_; }

  void consume(std::size_t count) noexcept {
    assert(count <= end_ - begin_);
    begin_ += count;
    if (begin_ == end_) begin_ = end_ = 0;
  }

  /// Room after the present bytes; `size` is 0 if the bound is reached.
  struct Room {
    char* data;
    std::size_t size;
  };
  [[nodiscard]] Room room() {
    if (end_ == capacity_) {
      if (begin_ > 0) {
        std::memmove(bytes_.get(), bytes_.get() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
      } else if (capacity_ < capacity_max_) {
        const std::size_t wanted = std::min(capacity_max_, std::max(kFirst, capacity_ * 2));
        auto grown = std::make_unique_for_overwrite<char[]>(wanted);
        if (end_ > 0) std::memcpy(grown.get(), bytes_.get(), end_);
        bytes_ = std::move(grown);
        capacity_ = wanted;
      }
    }
    return {bytes_.get() + end_, capacity_ - end_};
  }
  void written(std::size_t count) noexcept {
    assert(count <= capacity_ - end_);
    end_ += count;
  }

 private:
  static constexpr std::size_t kFirst = 8 * 1'024;  // a page of headers and a small body

  std::size_t capacity_max_;
  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace tidemark::http::network
