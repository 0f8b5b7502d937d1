#pragma once

/// Streams of gzip, deflate and zstd undone piece by piece; the one place that knows zlib and zstd.

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "base/result.hpp"
#include "wire/inflate.hpp"

namespace tidemark::wire {

/// One compressed stream: gzip of any number of members, with zeros behind each, zstd of any number
/// of frames, deflate in its zlib or raw form.
///
/// Errors:   InvalidInput with the offset in the compressed bytes; the stream is of no use then.
class Decompressor {
 public:
  struct Progress {
    std::size_t consumed = 0;
    std::size_t produced = 0;
  };

  virtual ~Decompressor() = default;

  /// Takes some of the input and fills some of `out`; both are 0 only where the input is empty and
  /// nothing more can come without it.
  base::Result<Progress> run(std::string_view input, std::span<char> out);

  /// Whether the input may end here.
  [[nodiscard]] base::Status finish() const;

 protected:
  struct Step {
    Progress progress;
    const char* wrong = nullptr;  ///< null where the input is good so far
    bool at_end_of_part = false;  ///< a member or frame is whole
  };
  virtual Step step(std::string_view input, std::span<char> out) = 0;

 private:
  std::size_t offset_ = 0;
  bool whole_ = false;
};

/// The window of zstd that its own tools read without being told to, 128 MiB.
inline constexpr int kWindowLogMax = 27;

/// `window_log_max` is how much of what was unpacked a stream of zstd may refer back to: 2^n bytes,
/// which are allocated.
std::unique_ptr<Decompressor> make_decompressor(Coding coding, int window_log_max = kWindowLogMax);

}  // namespace tidemark::wire
