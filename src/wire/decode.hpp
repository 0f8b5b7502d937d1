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

/// So many bytes after a body's end must be readable (their content does not matter).
inline constexpr std::size_t kBodyPaddingBytes = 64;

/// Decompressed bytes and who keeps them alive. They are never changed.
struct Body {
  std::string_view text;
  std::shared_ptr<const void> owner;
};

enum class Format : std::uint8_t {
  /// One event, an array of events, or {"events":[…]} with nothing beside it. Objects on lines of
  /// their own are NDJSON, whatever they are called.
  Json,
  Ndjson,  ///< one event a line
};

struct DecodeLimits {
  std::size_t body_bytes_max = std::size_t{16} * 1024 * 1024;
  std::uint32_t events_max = 10'000;
  base::Micros future_max = base::kMicrosPerDay;  ///< how far after `now` an event may lie
  /// Beyond so many faults only the first one of an event is described.
  std::size_t faults_described_max = 1'000;
};

struct DecodeOptions {
  event::ProjectId project = event::ProjectId::Default;
  base::Micros now = 0;  ///< becomes `received_at`
  const event::IdHasher& hasher;
  DecodeLimits limits = {};
};

/// A rejected event as it was sent.
struct Rejected {
  std::uint32_t index = 0;
  std::string_view raw;           ///< into the body
  std::uint32_t first_fault = 0;  ///< its faults: `faults[first_fault, +fault_count)`
  std::uint32_t fault_count = 0;  ///< at least 1
};

struct Decoded {
  event::Batch batch;                ///< good events, in order; owns the body too
  std::vector<std::uint32_t> index;  ///< of each row in the request
  std::vector<EventFault> faults;    ///< by rising index
  std::vector<Rejected> rejected;    ///< by rising index
  std::uint32_t events_count = 0;    ///< rows and rejected
};

/// Parses and checks a body. `properties` come out without white space and with the last of
/// repeated keys, at its own place; a row points into the body where nothing had to be changed.
///
/// Errors:   of the body as a whole, and then nothing is taken. InvalidInput: empty, or not JSON
///           in UTF-8; the message says at which byte, what was expected and what was found.
///           TooLarge: too many bytes or events. A bad event is a fault and no error; in NDJSON
///           so is a bad line.
/// Threads:  any; nothing is shared.
/// Cost:     below half a microsecond an event of 200 bytes; no recursion, whatever the nesting.
base::Result<Decoded> decode(Body body, Format format, const DecodeOptions& options);

/// The same in steps, so that a thread which reads long bodies serves others in between: `step`
/// until it is true, then `take`, once.
///
/// Threads:  one at a time.
class Decoding {
 public:
  Decoding(Body body, Format format, const DecodeOptions& options);
  ~Decoding();
  Decoding(const Decoding&) = delete;
  Decoding& operator=(const Decoding&) = delete;

  /// Reads on for about `bytes`, in whole events; true where nothing is left to read.
  bool step(std::size_t bytes);
  base::Result<Decoded> take();

 private:
  class Reader;
  std::unique_ptr<Reader> reader_;
};

}  // namespace tidemark::wire
