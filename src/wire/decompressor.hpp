#pragma once

/// Decompresses streams of gzip, deflate and zstd piece by piece. No other code knows zlib and
/// zstd.

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "base/result.hpp"
#include "wire/inflate.hpp"

namespace tidemark::wire {

/// One compressed stream: gzip with any number of members, with zeros after each, zstd with any
/// number of frames, deflate in its zlib or raw form.
///
/// Errors:   InvalidInput with the offset in the compressed bytes; the stream is unusable then.
class Decompressor {
 public:
  struct Progress {
    std::size_t consumed = 0;
    std::size_t produced = 0;
  };

  virtual ~Decompressor() = default;

  /// Takes some of the input and fills some of `out`. Both are 0 only if the input is empty and
  /// nothing more can come out without input.
  base::Result<Progress> run(std::string_view input, std::span<char> out);

  /// Whether the input may end here.
  [[nodiscard]] base::Status finish() const;

 protected:
  struct Step {
    Progress progress;
    const char* wrong = nullptr;  ///< null while the input is good
    bool at_end_of_part = false;  ///< a member or frame is whole
  };
  virtual Step step(std::string_view input, std::span<char> out) = 0;

 private:
  std::size_t offset_ = 0;
  bool whole_ = false;
};

/// The window that zstd's own tools read without an option, 128 MiB.
inline constexpr int kWindowLogMax = 27;

/// `window_log_max`: how far a stream of zstd may refer back in the unpacked bytes: 2^n bytes,
/// which are allocated.
std::unique_ptr<Decompressor> make_decompressor(Coding coding, int window_log_max = kWindowLogMax);

}  // namespace tidemark::wire
