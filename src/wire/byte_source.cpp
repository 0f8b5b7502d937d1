#include "wire/byte_source.hpp"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <unistd.h>

#include "wire/decompressor.hpp"

namespace tidemark::wire {
namespace {

class DescriptorSource final : public ByteSource {
 public:
  explicit DescriptorSource(int descriptor) : descriptor_(descriptor) {}

  base::Result<std::size_t> read(std::span<char> into) override {
    for (;;) {
      const ssize_t bytes = ::read(descriptor_, into.data(), into.size());
      if (bytes >= 0) return static_cast<std::size_t>(bytes);
      if (errno != EINTR) {
        return base::Error{base::ErrorCode::Unavailable,
                           std::string("cannot read: ") + std::strerror(errno)};
      }
    }
  }

 private:
  int descriptor_;
};

class TextSource final : public ByteSource {
 public:
  explicit TextSource(std::string text) : text_(std::move(text)) {}

  base::Result<std::size_t> read(std::span<char> into) override {
    assert(at_ <= text_.size());
    const std::size_t bytes = std::min(into.size(), text_.size() - at_);
    std::copy_n(text_.data() + at_, bytes, into.data());
    at_ += bytes;
    return bytes;
  }

 private:
  std::string text_;
  std::size_t at_ = 0;
};

/// First the bytes that were looked at already, then the rest.
class JoinedSource final : public ByteSource {
 public:
  JoinedSource(std::string first, std::unique_ptr<ByteSource> rest)
      : first_(std::move(first)), rest_(std::move(rest)) {}

  base::Result<std::size_t> read(std::span<char> into) override {
    assert(at_ <= first_.size());
    if (at_ == first_.size()) return rest_->read(into);
    const std::size_t bytes = std::min(into.size(), first_.size() - at_);
    std::copy_n(first_.data() + at_, bytes, into.data());
    at_ += bytes;
    return bytes;
  }

 private:
  std::string first_;
  std::size_t at_ = 0;
  std::unique_ptr<ByteSource> rest_;
};

class DecompressingSource final : public ByteSource {
 public:
  DecompressingSource(std::unique_ptr<ByteSource> source, Coding coding)
      : source_(std::move(source)), decompressor_(make_decompressor(coding)), buffer_(kBytes) {}

  base::Result<std::size_t> read(std::span<char> into) override {
    for (;;) {
      const auto progress = decompressor_->run(left_, into);
      if (!progress) return progress.error();
      assert(progress->consumed <= left_.size() && progress->produced <= into.size());
      left_.remove_prefix(progress->consumed);
      if (progress->produced > 0) return progress->produced;
      if (progress->consumed > 0) continue;
      const auto bytes = source_->read(buffer_);
      if (!bytes) return bytes.error();
      if (*bytes == 0) {
        const base::Status whole = decompressor_->finish();
        if (!whole) return whole.error();
        return std::size_t{0};
      }
      left_ = {buffer_.data(), *bytes};
    }
  }

 private:
  static constexpr std::size_t kBytes = std::size_t{256} * 1024;
  std::unique_ptr<ByteSource> source_;
  std::unique_ptr<Decompressor> decompressor_;
  std::vector<char> buffer_;
  std::string_view left_;
};

}  // namespace

std::unique_ptr<ByteSource> descriptor_source(int descriptor) {
  return std::make_unique<DescriptorSource>(descriptor);
}

std::unique_ptr<ByteSource> text_source(std::string text) {
  return std::make_unique<TextSource>(std::move(text));
}

base::Result<std::unique_ptr<ByteSource>> decompressed(std::unique_ptr<ByteSource> source) {
  assert(source != nullptr);
  constexpr std::size_t kMagicBytes = 4;
  std::string first(kMagicBytes, '\0');
  std::size_t size = 0;
  while (size < kMagicBytes) {
    const auto bytes = source->read(std::span(first).subspan(size));
    if (!bytes) return bytes.error();
    if (*bytes == 0) break;
    assert(*bytes <= kMagicBytes - size);
    size += *bytes;
  }
  first.resize(size);
  const std::optional<Coding> coding = coding_of_bytes(first);
  std::unique_ptr<ByteSource> whole =
      std::make_unique<JoinedSource>(std::move(first), std::move(source));
  if (coding) whole = std::make_unique<DecompressingSource>(std::move(whole), *coding);
  return whole;
}

}  // namespace tidemark::wire
