#include "wire/decompressor.hpp"

#define ZLIB_CONST
#include <algorithm>
#include <cassert>
#include <limits>
#include <new>
#include <string>
#include <tuple>

#include <zlib.h>
#include <zstd.h>

namespace tidemark::wire {
namespace {

uInt bounded(std::size_t bytes) {
  return static_cast<uInt>(std::min<std::size_t>(bytes, std::numeric_limits<uInt>::max()));
}

/// How many zeros the input begins with.
std::size_t zeros_of(std::string_view input) {
  return std::min(input.find_first_not_of('\0'), input.size());
}

/// Deflate in one of its three wrappings.
class Zlib final : public Decompressor {
 public:
  enum class Wrapping : std::uint8_t { Gzip, ZlibOrRaw };

  explicit Zlib(Wrapping wrapping) : wrapping_(wrapping) {}
  ~Zlib() override {
    if (started_) inflateEnd(&stream_);
  }
  Zlib(const Zlib&) = delete;
  Zlib& operator=(const Zlib&) = delete;

 protected:
  Step step(std::string_view input, std::span<char> out) override {
    if (input.empty() && !started_) return {};
    if (ended_ && !input.empty()) {
      // Gzip files may be joined; of deflate there is one stream and nothing after it.
      if (wrapping_ != Wrapping::Gzip)
        return {.progress = {}, .wrong = "there are bytes after the end"};
      // Tapes and rotators fill up with zeros, which gunzip passes over too.
      if (const auto zeros = zeros_of(input); zeros > 0) {
        return {.progress = {.consumed = zeros}, .at_end_of_part = true};
      }
      inflateReset(&stream_);
      ended_ = false;
    }
    if (!started_ && !start(static_cast<unsigned char>(input[0]))) {
      return {.progress = {}, .wrong = "there is not enough memory"};
    }
    if (ended_) return {.progress = {}, .at_end_of_part = true};

    stream_.next_in = reinterpret_cast<const Bytef*>(input.data());
    stream_.avail_in = bounded(input.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = bounded(out.size());
    const uInt had = stream_.avail_in;
    const uInt room = stream_.avail_out;
    const int outcome = ::inflate(&stream_, Z_NO_FLUSH);
    Step step{
        .progress = {.consumed = had - stream_.avail_in, .produced = room - stream_.avail_out}};
    ended_ = outcome == Z_STREAM_END;
    step.at_end_of_part = ended_;
    if (outcome != Z_OK && outcome != Z_STREAM_END && outcome != Z_BUF_ERROR) {
      step.wrong =
          stream_.msg != nullptr ? stream_.msg : "a dictionary is needed, which is not supported";
    }
    return step;
  }

 private:
  bool start(unsigned char first) {
    // The first byte of a zlib stream has 8 in its low half and at most 7 in its high half; in a
    // raw stream that would be a stored block with padding that no program writes.
    const bool zlib = (first & 0x0F) == 8 && (first >> 4) <= 7;
    const int raw_or_zlib = zlib ? MAX_WBITS : -MAX_WBITS;
    started_ =
        inflateInit2(&stream_, wrapping_ == Wrapping::Gzip ? MAX_WBITS + 16 : raw_or_zlib) == Z_OK;
    return started_;
  }

  Wrapping wrapping_;
  bool started_ = false;
  bool ended_ = false;
  z_stream stream_{};
};

class Zstd final : public Decompressor {
 public:
  explicit Zstd(int window_log_max) : stream_(ZSTD_createDStream()) {
    if (stream_ == nullptr) throw std::bad_alloc();
    // It fails for values that zstd does not know, and ours it knows.
    std::ignore = ZSTD_DCtx_setParameter(stream_, ZSTD_d_windowLogMax, window_log_max);
  }
  ~Zstd() override { ZSTD_freeDStream(stream_); }
  Zstd(const Zstd&) = delete;
  Zstd& operator=(const Zstd&) = delete;

 protected:
  Step step(std::string_view input, std::span<char> out) override {
    ZSTD_inBuffer in{.src = input.data(), .size = input.size(), .pos = 0};
    ZSTD_outBuffer into{.dst = out.data(), .size = out.size(), .pos = 0};
    const std::size_t left = ZSTD_decompressStream(stream_, &into, &in);
    Step step{.progress = {.consumed = in.pos, .produced = into.pos}};
    if (ZSTD_isError(left) != 0U) {
      step.wrong = ZSTD_getErrorName(left);
    } else if (step.progress.consumed + step.progress.produced > 0) {
      at_end_ = left == 0;
    }
    step.at_end_of_part = at_end_;
    return step;
  }

 private:
  ZSTD_DStream* stream_;
  bool at_end_ = false;
};

}  // namespace

base::Result<Decompressor::Progress> Decompressor::run(std::string_view input,
                                                       std::span<char> out) {
  const Step taken = step(input, out);
  assert(taken.progress.consumed <= input.size() && taken.progress.produced <= out.size());
  offset_ += taken.progress.consumed;
  if (taken.wrong != nullptr) {
    return base::Error{base::ErrorCode::InvalidInput, "compressed byte " + std::to_string(offset_) +
                                                          ": the data is broken (" + taken.wrong +
                                                          ")"};
  }
  whole_ = taken.at_end_of_part;
  return taken.progress;
}

base::Status Decompressor::finish() const {
  if (whole_) return base::ok;
  return base::Error{base::ErrorCode::InvalidInput,
                     "compressed byte " + std::to_string(offset_) + ": the data is cut short"};
}

std::unique_ptr<Decompressor> make_decompressor(Coding coding, int window_log_max) {
  switch (coding) {
    case Coding::Gzip:
      return std::make_unique<Zlib>(Zlib::Wrapping::Gzip);
    case Coding::Deflate:
      return std::make_unique<Zlib>(Zlib::Wrapping::ZlibOrRaw);
    case Coding::Zstd:
      return std::make_unique<Zstd>(window_log_max);
  }
  return nullptr;  // not reached: the compiler sees that every coding is above
}

}  // namespace tidemark::wire
