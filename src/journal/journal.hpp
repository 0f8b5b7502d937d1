#pragma once

/// The accepted records, in order. A record is on the disk before the client gets its answer.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "base/result.hpp"

namespace tidemark::journal {

/// The place of an event in commit order, from 0, without gaps.
using Sequence = std::uint64_t;

/// The most bytes that one record may hold. The commit loop cuts its groups well below it; a
/// request of 16 MiB with 10,000 events is below it too.
inline constexpr std::size_t kContentBytesMax = std::size_t{32} * 1024 * 1024;

/// One group of events, written and synced together: [first, first + count). Only the code that
/// appends it knows what the bytes mean.
///
/// Lifetime: `content` is valid during the call that hands it over.
struct Record {
  Sequence first = 0;
  std::uint32_t count = 0;
  std::span<const std::byte> content;

  [[nodiscard]] Sequence end() const { return first + count; }
};

/// An error stops the reading and is returned.
using Visitor = std::function<base::Status(const Record& record)>;

/// Figures for metrics; each is a moment's value.
struct Stats {
  std::uint64_t segments = 0;          ///< files in use, including the one being written
  std::uint64_t spares = 0;            ///< files kept to be written again
  std::uint64_t disk_bytes = 0;        ///< bytes of segments and spares
  std::uint64_t appended_records = 0;  ///< since it was opened
  std::uint64_t appended_bytes = 0;
};

/// An ordered, durable log of records.
///
/// Promise:  every later opening visits a record whose `append` succeeded, once and in order, until
///           `release` has passed it. A record whose `append` failed may be visited too.
/// Errors:   TooLarge and Overloaded ("no room") leave everything as it was: the same append may be
///           tried again. After any other error the content of the disk is unknown, and every
///           further append is Unavailable until the journal is opened anew.
/// Threads:  one thread appends; one other may release; any may read the figures.
class Journal {
 public:
  virtual ~Journal() = default;

  /// Returns when the record is durable. `first` must be `end()`, `count` at least 1; the content
  /// is the pieces, one after another. Blocks for a write and a sync.
  virtual base::Status append(Sequence first, std::uint32_t count,
                              std::span<const std::span<const std::byte>> pieces) = 0;

  base::Status append(Sequence first, std::uint32_t count, std::span<const std::byte> content) {
    return append(first, count, std::span<const std::span<const std::byte>>(&content, 1));
  }

  /// The events below `end` are durable elsewhere: their space may be used again. Events below
  /// `end` that are still kept are harmless. After an error some of the space is given back later.
  virtual base::Status release(Sequence end) = 0;

  /// The first event that is still kept (or `end()`), and the one after the last durable event.
  [[nodiscard]] virtual Sequence begin() const = 0;
  [[nodiscard]] virtual Sequence end() const = 0;

  /// The largest content that `append` takes.
  [[nodiscard]] virtual std::size_t content_bytes_max() const = 0;
  /// Bytes of the records that are kept, including those that are not yet released.
  [[nodiscard]] virtual std::uint64_t bytes() const = 0;
  [[nodiscard]] virtual Stats stats() const = 0;
};

}  // namespace tidemark::journal
