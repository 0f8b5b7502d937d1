#pragma once

/// The journal on this machine's disk: segments of a fixed size, used again and again.
///
/// Only one opening writes a segment, in order, and never after a later segment was begun. Each
/// record says up to which sequence everything was on the disk when it was written; each use of a
/// segment has a random salt that its hashes start from. So an opening can tell what it finds: a
/// record with the salt was written in this use, and a record that is missing before one that says
/// it was on the disk is damage. The rules are in docs/formats/journal.md.

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "files/files.hpp"
#include "journal/journal.hpp"
#include "journal/local/next_segment.hpp"
#include "journal/local/recovery.hpp"
#include "journal/local/segment_stock.hpp"

namespace tidemark::journal::local {

class Log final : public Journal {
 public:
  struct Options {
    std::uint64_t segment_bytes = std::uint64_t{64} << 20;
    /// The most released segments that are kept to be written again; others are removed.
    std::size_t spares_max = 4;
    /// A new file is made only if this much of the disk stays free: a file made ahead of its use
    /// must not take the room that is kept for other data.
    std::uint64_t disk_free_bytes_min = 0;
    /// Makes the next segment in a thread of the log while the current one fills. Without it, the
    /// append that needs a segment makes it, so that tests know the order of events.
    bool prepare_ahead = true;
    /// Called after each sync of a record, in the appending thread.
    std::function<void(std::chrono::nanoseconds)> on_sync = {};
    /// Called with the sequence up to which everything is on the disk, before `append` returns; in
    /// the appending thread.
    std::function<void(Sequence)> on_durable = {};
    /// What a new segment says about where it was begun; after an error no segment is begun.
    std::function<base::Result<Origin>()> origin = {};
    /// Called once by an opening, before it changes anything: an error refuses to open.
    std::function<base::Status(const Recovered&)> judge = {};
    /// With ReadUpToIt the log goes on where damage ends it: segments beyond the damage are put
    /// aside under names that end in ".lost".
    Damage damage = Damage::Refuse;
  };
  static constexpr std::uint64_t kSegmentBytesMin = std::uint64_t{16} << 10;

  /// Visits the records from `from` on (a record that contains `from` is visited whole). Then
  /// writes anew and syncs what may not be on the disk yet: what was visited is durable when this
  /// returns. If there is nothing, the log begins at `from`. If there is no room for a segment, the
  /// log opens all the same but takes no record yet: see `room`.
  ///
  /// Errors:   Corrupt with file and offset for damage, Conflict for a newer format, InvalidInput
  ///           for options that cannot work, and any error of `visit`. No log is open then.
  /// Lifetime: `files` must outlive the log.
  static base::Result<std::unique_ptr<Log>> open(files::Files& files,
                                                 const files::Files::Path& folder, Options options,
                                                 Sequence from, const Visitor& visit);
  ~Log() override;

  using Journal::append;
  base::Status append(Sequence first, std::uint32_t count, Pieces pieces) override;
  base::Status release(Sequence end) override;

  [[nodiscard]] Sequence begin() const override;
  [[nodiscard]] Sequence end() const override { return end_.load(std::memory_order_acquire); }
  /// Less than kContentBytesMax only if segments are smaller than that.
  [[nodiscard]] std::size_t content_bytes_max() const override;
  [[nodiscard]] std::uint64_t bytes() const override;
  [[nodiscard]] Stats stats() const override;

  /// Ok, or why the last segment that was needed could not be made; Ok again once one could be
  /// made.
  [[nodiscard]] base::Status room() const;

 private:
  Log(files::Files& files, files::Files::Path folder, Options options, Sequence end,
      std::uint64_t next_number);

  /// Sorts the files of the folder and begins a segment.
  base::Status begin_anew(Recovered recovered, Sequence from);
  /// Makes the segment that will be written, and writes at its start what must be written anew.
  /// Returns the segment that this makes superfluous, if any.
  base::Result<std::vector<UsedSegment>> begin_segment(std::vector<UsedSegment>& used,
                                                       const Recovered& recovered, Sequence from);
  /// Leaves everything where it is, and durable; no segment can be written, because of `why`.
  base::Status stay_without_segment(const std::vector<UsedSegment>& used,
                                    const Recovered& recovered, Sequence from, base::Error why);
  base::Result<SegmentFile> open_used(const UsedSegment& segment);
  base::Status give_back(std::vector<UsedSegment> segments);
  base::Status put_aside(const SegmentName& segment);
  base::Status write_record(Sequence first, std::uint32_t count, Pieces pieces);
  base::Status begin_next_segment();

  files::Files& files_;
  const files::Files::Path folder_;
  const Options options_;
  SegmentStock stock_;
  std::unique_ptr<NextSegment> next_;

  // Used by the appending thread only.
  ReadySegment active_;  // without a file while there is no room for one
  bool poisoned_ = false;

  std::atomic<Sequence> end_;

  mutable std::mutex mutex_;
  std::deque<UsedSegment> segments_;  // in order; the last is the active one, if any
  bool has_active_ = false;
  std::optional<base::Error> no_room_;
  std::uint64_t appended_records_ = 0;
  std::uint64_t appended_bytes_ = 0;
};

}  // namespace tidemark::journal::local
