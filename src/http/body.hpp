#pragma once

/// The bytes of a request, in one piece, with room after them for a parser that reads ahead.

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>
#include <tuple>
#include <utility>

namespace tidemark::http {

/// A growing byte buffer. At least `kPadding` bytes after the last one may be read.
///
/// Lifetime: moving a body keeps its address: views into it stay valid, so a batch may take it
///           along.
/// Cost:     bytes are read from the socket to where they stay; only the padding is zeroed; a large
///           body grows where it lies (the pages are moved, not the bytes).
class Body {
 public:
  /// What simdjson needs to read beyond the end (SIMDJSON_PADDING).
  static constexpr std::size_t kPadding = 64;

  Body() = default;
  Body(Body&& other) noexcept
      : bytes_(std::move(other.bytes_)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  Body& operator=(Body&& other) noexcept {
    bytes_ = std::move(other.bytes_);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
    return *this;
  }
  Body(const Body&) = delete;
  Body& operator=(const Body&) = delete;
  ~Body() = default;

  explicit Body(std::string_view bytes) { append(bytes); }

  [[nodiscard]] char* data() noexcept { return bytes_.get(); }
  [[nodiscard]] const char* data() const noexcept { return bytes_.get(); }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  /// Bytes that fit without moving, not counting the padding.
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  [[nodiscard]] std::string_view view() const noexcept { return {bytes_.get(), size_}; }

  void clear() noexcept { size_ = 0; }

  /// Makes room for `bytes` in all; the present bytes stay.
  void reserve(std::size_t bytes) {
    if (bytes <= capacity_ && bytes_ != nullptr) return;
    auto* const grown = static_cast<char*>(std::realloc(bytes_.get(), bytes + kPadding));
    if (grown == nullptr) throw std::bad_alloc();
    std::ignore = bytes_.release();  // the old memory is freed, or is `grown`
    bytes_.reset(grown);
    capacity_ = bytes;
    pad();
  }

  /// The capacity of the body after an append of `more` bytes.
  [[nodiscard]] std::size_t room_for(std::size_t more) const noexcept {
    return size_ + more <= capacity_ ? capacity_ : std::max(size_ + more, capacity_ * 2);
  }

  void append(std::string_view more) {
    reserve(room_for(more.size()));
    if (!more.empty()) std::memcpy(bytes_.get() + size_, more.data(), more.size());
    size_ += more.size();
    pad();
  }

  /// Tells the body that `bytes` more were written after the end, within the capacity.
  void grow_by(std::size_t bytes) noexcept {
    assert(size_ + bytes <= capacity_);
    size_ += bytes;
    pad();
  }

 private:
  void pad() noexcept {
    assert(bytes_ != nullptr && size_ <= capacity_);
    std::memset(bytes_.get() + size_, 0, kPadding);
  }

  struct Freed {
    void operator()(char* bytes) const noexcept { std::free(bytes); }
  };

  std::unique_ptr<char, Freed> bytes_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace tidemark::http
