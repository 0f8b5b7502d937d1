#pragma once

/// Bytes that come one piece after another: from a file, a pipe, a text; compressed or not.

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "base/result.hpp"

namespace tidemark::wire {

/// Gives bytes in order.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// Fills a part of `into`, which must not be empty; 0 only at the end.
  virtual base::Result<std::size_t> read(std::span<char> into) = 0;
};

/// Reads a descriptor (a file, a pipe, standard input); the caller must close it.
std::unique_ptr<ByteSource> descriptor_source(int descriptor);

/// Reads a text.
std::unique_ptr<ByteSource> text_source(std::string text);

/// `source` decompressed if its first bytes are those of gzip or zstd; otherwise the bytes of
/// `source`. Broken or cut compressed data is InvalidInput with the offset, after all bytes before
/// it.
base::Result<std::unique_ptr<ByteSource>> decompressed(std::unique_ptr<ByteSource> source);

}  // namespace tidemark::wire
