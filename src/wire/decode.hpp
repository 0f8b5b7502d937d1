#pragma once

/// The body of a request, read once: rows of good events, faults of bad ones.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "event/event.hpp"
#include "event/id_hash.hpp"
#include "wire/fault.hpp"

namespace tidemark::wire {

/// The bytes after a body's end that must be readable (their content does not matter).
inline constexpr std::size_t kBodyPaddingBytes = 64;

/// Decompressed bytes, and the owner that keeps them alive. They are never changed.
struct Body {
  std::string_view text;
  std::shared_ptr<const void> owner;
};

enum class Format : std::uint8_t {
  /// One event, an array of events, or {"events":[…]} with no other member. Objects on lines of
  /// their own are NDJSON, whatever the format is called.
  Json,
  Ndjson,  ///< one event a line
};

struct DecodeLimits {
  std::size_t body_bytes_max = std::size_t{16} * 1024 * 1024;
  std::uint32_t events_max = 10'000;
  base::Micros future_max = base::kMicrosPerDay;  ///< how far after `now` an event's time may be
  /// Above this number of faults only the first fault of an event is described.
  std::size_t faults_described_max = 1'000;
};

struct DecodeOptions {
  event::ProjectId project = event::ProjectId::Default;
  base::Micros now = 0;  ///< becomes `received_at`
  const event::IdHasher& hasher;
  DecodeLimits limits = {};
};

/// A rejected event, as it was sent.
struct Rejected {
  std::uint32_t index = 0;
  std::string_view raw;           ///< points into the body
  std::uint32_t first_fault = 0;  ///< its faults: `faults[first_fault, +fault_count)`
  std::uint32_t fault_count = 0;  ///< at least 1
};

struct Decoded {
  event::Batch batch;                ///< good events, in order; owns the body too
  std::vector<std::uint32_t> index;  ///< for each row, its index in the request
  std::vector<EventFault> faults;    ///< by rising index
  std::vector<Rejected> rejected;    ///< by rising index
  std::uint32_t events_count = 0;    ///< rows plus rejected
};

/// Parses and checks a body. `properties` come out without white space, and of repeated keys only
/// the last one stays, at its own place; a row points into the body if nothing had to be changed.
///
/// Errors:   for the body as a whole, and then nothing is taken. InvalidInput: empty, or not JSON
///           in UTF-8; the message tells the byte, what was expected and what was found. TooLarge:
///           too many bytes or events. A bad event is a fault and not an error; in NDJSON so is a
///           bad line.
/// Threads:  any; nothing is shared.
/// Cost:     below half a microsecond for an event of 200 bytes; no recursion, whatever the
///           nesting.
base::Result<Decoded> decode(Body body, Format format, const DecodeOptions& options);

/// As `decode`, in steps, so that a thread that reads long bodies serves others in between: call
/// `step` until it returns true, then `take`, once.
///
/// Threads:  one at a time.
class Decoding {
 public:
  Decoding(Body body, Format format, const DecodeOptions& options);
  ~Decoding();
  Decoding(const Decoding&) = delete;
  Decoding& operator=(const Decoding&) = delete;

  /// Reads on for about `bytes`, in whole events; true if nothing is left to read.
  bool step(std::size_t bytes);
  base::Result<Decoded> take();

 private:
  class Reader;
  std::unique_ptr<Reader> reader_;
};

}  // namespace tidemark::wire
