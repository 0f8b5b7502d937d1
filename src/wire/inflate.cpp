#include "wire/inflate.hpp"

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>

#include "wire/decompressor.hpp"

namespace tidemark::wire {
namespace {

/// 8 MiB, which a sender over HTTP may count on and must not go beyond (RFC 9659): a stream that
/// declares more makes its reader hold more than the body itself.
constexpr int kBodyWindowLogMax = 23;

/// Bytes that grow without being zeroed, followed by the padding of a Body.
class GrowingBody {
 public:
  ~GrowingBody() { std::free(bytes_); }
  GrowingBody() = default;
  GrowingBody(const GrowingBody&) = delete;
  GrowingBody& operator=(const GrowingBody&) = delete;

  void reserve(std::size_t bytes) {
    assert(bytes >= size_);
    if (bytes <= capacity_ && bytes_ != nullptr) return;
    void* const grown = std::realloc(bytes_, bytes + kBodyPaddingBytes);
    if (grown == nullptr) throw std::bad_alloc();
    bytes_ = static_cast<char*>(grown);
    capacity_ = bytes;
  }
  [[nodiscard]] std::span<char> room() { return {bytes_ + size_, capacity_ - size_}; }
  void add(std::size_t bytes) {
    assert(bytes <= capacity_ - size_);
    size_ += bytes;
  }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }

  Body take() {
    assert(bytes_ != nullptr && size_ <= capacity_);
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

std::optional<Coding> coding_of_bytes(std::string_view first_bytes) {
  if (first_bytes.starts_with("\x1F\x8B")) return Coding::Gzip;
  if (first_bytes.starts_with("\x28\xB5\x2F\xFD")) return Coding::Zstd;
  return std::nullopt;
}

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

struct Inflation::State {
  std::string_view left;
  std::unique_ptr<Decompressor> decompressor;
  std::size_t bytes_max = 0;
  std::size_t sent_bytes = 0;
  GrowingBody body;
};

Inflation::Inflation(std::string_view compressed, Coding coding, std::size_t bytes_max,
                     std::size_t sent_bytes)
    : state_(std::make_unique<State>()) {
  constexpr std::size_t kRatioExpected = 5;  // of JSON events, by gzip and zstd alike
  constexpr std::size_t kBytesMin = 4096;
  constexpr std::size_t kBytesFirst = std::size_t{64} * 1'024;
  state_->left = compressed;
  state_->decompressor = make_decompressor(coding, kBodyWindowLogMax);
  state_->bytes_max = bytes_max;
  state_->sent_bytes = sent_bytes;
  state_->body.reserve(std::min(
      {std::max(compressed.size() * kRatioExpected, kBytesMin), kBytesFirst, bytes_max + 1}));
}

Inflation::~Inflation() = default;
Inflation::Inflation(Inflation&&) noexcept = default;
Inflation& Inflation::operator=(Inflation&&) noexcept = default;

std::size_t Inflation::size() const { return state_->body.size(); }

Body Inflation::take() { return state_->body.take(); }

base::Result<bool> Inflation::step(std::size_t bytes) {
  State& state = *state_;
  GrowingBody& body = state.body;
  // One byte more than may be: that it is needed is how a bomb is known.
  const std::size_t capacity_max = state.bytes_max + 1;
  const std::size_t end = std::min(body.size() + bytes, capacity_max);
  for (;;) {
    if (body.room().empty()) {
      if (body.size() >= end) return false;
      body.reserve(std::min(body.capacity() * 2, end));
    }
    const auto progress = state.decompressor->run(state.left, body.room());
    if (!progress) return progress.error();
    assert(progress->consumed <= state.left.size());
    state.left.remove_prefix(progress->consumed);
    body.add(progress->produced);
    if (body.size() > state.bytes_max) {
      return base::Error{base::ErrorCode::TooLarge, "the body has more than " +
                                                        std::to_string(state.bytes_max) +
                                                        " bytes after decompression"};
    }
    if (body.size() > kInflatedFreely && body.size() / kInflatedRatioMax > state.sent_bytes) {
      return base::Error{base::ErrorCode::TooLarge,
                         "the body unpacks to more than " + std::to_string(kInflatedRatioMax) +
                             " times its size; send it less compressed, or in smaller bodies"};
    }
    if (progress->consumed + progress->produced == 0) break;
  }
  const base::Status whole = state.decompressor->finish();
  if (!whole) return whole.error();
  return true;
}

base::Result<Body> inflate(std::string_view compressed, Coding coding, std::size_t bytes_max) {
  Inflation inflation(compressed, coding, bytes_max, compressed.size());
  const auto whole = inflation.step(bytes_max + 1);
  if (!whole) return whole.error();
  return inflation.take();
}

Body padded_body(std::string_view text) {
  GrowingBody body;
  body.reserve(text.size());
  std::copy(text.begin(), text.end(), body.room().begin());
  body.add(text.size());
  return body.take();
}

}  // namespace tidemark::wire
