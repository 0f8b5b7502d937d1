#pragma once

/// Undoes a Content-Encoding, within bounds.

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "wire/decode.hpp"

namespace tidemark::wire {

enum class Coding : std::uint8_t { Gzip, Deflate, Zstd };

/// The codings that a Content-Encoding names, in the order in which they were applied; `identity`
/// and an empty value add none. Nothing if one is unknown or there are more than two (415).
std::optional<std::vector<Coding>> codings_of(std::string_view content_encoding);

/// The coding of bytes that begin so: gzip or zstd. No JSON begins so.
std::optional<Coding> coding_of_bytes(std::string_view first_bytes);

/// Decompresses a whole body into new bytes, padded as Body requires. Gzip may have several
/// members, zstd several frames; deflate may be zlib or raw.
///
/// Errors:   TooLarge as soon as there are more than `bytes_max`; InvalidInput if the input is
///           broken or cut short, with the offset in the compressed bytes.
base::Result<Body> inflate(std::string_view compressed, Coding coding, std::size_t bytes_max);

/// How much a body may grow. A body beyond both bounds is not what a sender of events packs, but
/// was made to cost the service a thousand times what it costs its sender.
inline constexpr std::size_t kInflatedFreely = std::size_t{4} << 20U;
inline constexpr std::size_t kInflatedRatioMax = 1'000;

/// `inflate` in steps, so that other requests get their turn, and memory is requested as it is
/// needed.
///
/// Order:    call `step` until it returns true, then `take`.
/// Lifetime: what `compressed` points to must outlive it.
/// Threads:  one at a time.
class Inflation {
 public:
  /// `sent_bytes`: the size of the body as it came, if this is the second of two codings.
  Inflation(std::string_view compressed, Coding coding, std::size_t bytes_max,
            std::size_t sent_bytes);
  ~Inflation();
  Inflation(Inflation&&) noexcept;
  Inflation& operator=(Inflation&&) noexcept;

  /// Unpacks at most this many bytes more; true: that was all. Errors: as `inflate`; TooLarge also
  /// for a body that unpacks to more than a body of its size may.
  base::Result<bool> step(std::size_t bytes);
  /// The number of bytes unpacked so far.
  [[nodiscard]] std::size_t size() const;
  Body take();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A copy of the caller's bytes, padded as Body requires.
Body padded_body(std::string_view text);

}  // namespace tidemark::wire
