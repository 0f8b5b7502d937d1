#include "wire/inflate.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>

#include "wire/decompressor.hpp"

namespace tidemark::wire {
namespace {

/// Bytes that grow without being zeroed, with the padding of a Body behind them.
class GrowingBody {
 public:
  ~GrowingBody() { std::free(bytes_); }
  GrowingBody() = default;
  GrowingBody(const GrowingBody&) = delete;
  GrowingBody& operator=(const GrowingBody&) = delete;

  void reserve(std::size_t bytes) {
    if (bytes <= capacity_ && bytes_ != nullptr) return;
    void* const grown = std::realloc(bytes_, bytes + kBodyPaddingBytes);
    if (grown == nullptr) throw std::bad_alloc();
    bytes_ = static_cast<char*>(grown);
    capacity_ = bytes;
  }
  [[nodiscard]] std::span<char> room() { return {bytes_ + size_, capacity_ - size_}; }
  void add(std::size_t bytes) { size_ += bytes; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }

  Body take() {
    std::memset(bytes_ + size_, 0, kBodyPaddingBytes);
    const std::shared_ptr<const void> owner(
        bytes_, [](const void* bytes) { std::free(const_cast<void*>(bytes)); });
    Body body{.text = {bytes_, size_}, .owner = owner};
    bytes_ = nullptr;
    return body;
  }

 private:
  char* bytes_ = nullptr;
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
};

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

bool same_letters(std::string_view text, std::string_view small) {
  return std::equal(text.begin(), text.end(), small.begin(), small.end(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a | 0x20) : a) == b;
  });
}

}  // namespace

std::optional<std::vector<Coding>> codings_of(std::string_view content_encoding) {
  constexpr std::size_t kCodingsMax = 2;
  std::vector<Coding> codings;
  while (!content_encoding.empty()) {
    const std::size_t end = std::min(content_encoding.find(','), content_encoding.size());
    const std::string_view name = trimmed(content_encoding.substr(0, end));
    content_encoding.remove_prefix(std::min(end + 1, content_encoding.size()));
    if (name.empty() || same_letters(name, "identity")) continue;
    if (same_letters(name, "gzip") || same_letters(name, "x-gzip")) {
      codings.push_back(Coding::Gzip);
    } else if (same_letters(name, "deflate")) {
      codings.push_back(Coding::Deflate);
    } else if (same_letters(name, "zstd")) {
      codings.push_back(Coding::Zstd);
    } else {
      return std::nullopt;
    }
    if (codings.size() > kCodingsMax) return std::nullopt;
  }
  return codings;
}

base::Result<Body> inflate(std::string_view compressed, Coding coding, std::size_t bytes_max) {
  constexpr std::size_t kRatioExpected = 5;  // of JSON events, by gzip and zstd alike
  constexpr std::size_t kBytesMin = 4096;
  const auto decompressor = make_decompressor(coding);
  GrowingBody body;
  // One byte more than may be: that it is needed is how a bomb is known.
  const std::size_t capacity_max = bytes_max + 1;
  body.reserve(std::min(std::max(compressed.size() * kRatioExpected, kBytesMin), capacity_max));
  for (;;) {
    if (body.room().empty()) body.reserve(std::min(body.capacity() * 2, capacity_max));
    const auto progress = decompressor->run(compressed, body.room());
    if (!progress) return progress.error();
    compressed.remove_prefix(progress->consumed);
    body.add(progress->produced);
    if (body.size() > bytes_max) {
      return base::Error{
          base::ErrorCode::TooLarge,
          "the body has more than " + std::to_string(bytes_max) + " bytes after decompression"};
    }
    if (progress->consumed + progress->produced == 0) break;
  }
  const base::Status whole = decompressor->finish();
  if (!whole) return whole.error();
  return body.take();
}

Body padded_body(std::string_view text) {
  GrowingBody body;
  body.reserve(text.size());
  std::copy(text.begin(), text.end(), body.room().begin());
  body.add(text.size());
  return body.take();
}

}  // namespace tidemark::wire
