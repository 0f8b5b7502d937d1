#pragma once

/// Reads the segments of a manifest: in order, or a few events by their sequence.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "archive/columns.hpp"
#include "archive/manifest.hpp"
#include "archive/segment_checks.hpp"
#include "base/result.hpp"
#include "event/event.hpp"
#include "event/stored_rows.hpp"

namespace tidemark::archive {

/// One event that owns its text.
struct ArchivedEvent {
  event::ProjectId project = event::ProjectId::Default;
  event::Sequence sequence = 0;
  event::Micros occurred_at = 0;
  event::Micros received_at = 0;
  std::string id;
  std::string user_id;
  std::string event_type;
  std::string properties;
};

/// Promise:  a visited event is as it was written: a file whose bytes have changed is not read.
/// Errors:   Unavailable if a file cannot be read; Corrupt if its content is not what the manifest
///           says; Overloaded over the memory limit.
/// Threads:  any, several at once; each scan uses only its caller's thread.
class SegmentReader {
 public:
  struct Options {
    std::uint64_t memory_bytes_max = std::uint64_t{512} << 20U;
    /// Called before a file is read, and for `check`. Without it files are trusted.
    SegmentChecks* checks = nullptr;
  };

  static base::Result<std::unique_ptr<SegmentReader>> open(const Options& options);
  ~SegmentReader();

  /// Visits the events [from, to) that the manifest covers, in order, in pieces of at most 2,048.
  /// There are gaps where events were removed; an event that is missing otherwise, or not in its
  /// place, is Corrupt. Memory: a few row groups.
  /// Cost: Columns::Views about 0.2 µs an event.
  base::Status scan(const Manifest& manifest, event::Sequence from, event::Sequence to,
                    Columns columns, const event::RowVisitor& visit) const;

  /// The events with these sequences, by rising sequence, each once; sequences that were removed or
  /// that are beyond the manifest's end are left out. Cost: some milliseconds for each segment that
  /// is touched.
  base::Result<std::vector<ArchivedEvent>> by_sequence(
      const Manifest& manifest, std::span<const event::Sequence> sequences) const;

  /// Reads one whole segment and compares it with its sums and its content_hash: for `verify`.
  base::Status check(const Manifest& manifest, const SegmentFile& segment) const;

  /// As given in Options; may be null. For callers that read the files of a manifest themselves.
  [[nodiscard]] SegmentChecks* checks() const;

 private:
  struct Engine;
  explicit SegmentReader(std::unique_ptr<Engine> engine);
  std::unique_ptr<Engine> engine_;
};

}  // namespace tidemark::archive
