#pragma once

/// The journal on this machine's disk: segments of a fixed size, used again and again.
///
/// A segment is written by one opening only, in order, and never after a later one was begun. Each
/// record says up to where everything was on the disk when it was written; each use of a segment
/// has a random salt that its hashes start from. That makes what is found at an opening clear:
/// what carries the salt was written in this use, and what is missing before a record that knew
/// better is damage. The rules are in docs/formats/journal.md.

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
    /// Released segments kept to be written again; more than that are removed.
    std::size_t spares_max = 4;
    /// A new file is made only where so much of the disk stays free: what is made ahead of its use
    /// must not take the room that is kept for others.
    std::uint64_t disk_free_bytes_min = 0;
    /// Makes the next segment in a thread of the log's own while this one fills. Without it the
    /// append that needs one makes it (and tests know in which order things happen).
    bool prepare_ahead = true;
    /// Is told of each sync of a record; called in the appending thread.
    std::function<void(std::chrono::nanoseconds)> on_sync = {};
    /// Is told to where everything is on the disk, before whoever appended is; in that thread.
    std::function<void(Sequence)> on_durable = {};
    /// What a segment that is begun now says of where it was; an error, and none is begun.
    std::function<base::Result<Origin>()> origin = {};
    /// Asked once by an opening, before it changes anything: an error refuses to open.
    std::function<base::Status(const Recovered&)> judge = {};
    /// With ReadUpToIt the log goes on where damage ends it: what is beyond is put aside under
    /// names that end in ".lost".
    Damage damage = Damage::Refuse;
  };
  static constexpr std::uint64_t kSegmentBytesMin = std::uint64_t{16} << 10;

  /// Visits what is there from `from` on (a record in which `from` lies is visited whole), then
  /// writes anew and syncs what may not be on the disk yet: what was visited is durable when this
  /// returns. Nothing there: the log begins at `from`. Without room for a segment it opens all the
  /// same and takes nothing yet: see `room`.
  ///
  /// Errors:   Corrupt with file and offset for damage, Conflict for a newer format, InvalidInput
  ///           for options that cannot work, whatever `visit` said. No log is open then.
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
  /// Less than kContentBytesMax only where segments are smaller than that.
  [[nodiscard]] std::size_t content_bytes_max() const override;
  [[nodiscard]] std::uint64_t bytes() const override;
  [[nodiscard]] Stats stats() const override;

  /// Ok, or why the last segment that was needed could not be made; Ok again once there is one.
  [[nodiscard]] base::Status room() const;

 private:
  Log(files::Files& files, files::Files::Path folder, Options options, Sequence end,
      std::uint64_t next_number);

  /// Sorts out what is in the folder and begins a segment.
  base::Status begin_anew(Recovered recovered, Sequence from);
  /// Makes the segment that will be written, with what must be written anew at its start; answers
  /// the one that it makes superfluous, if it does.
  base::Result<std::vector<UsedSegment>> begin_segment(std::vector<UsedSegment>& used,
                                                       const Recovered& recovered, Sequence from);
  /// Leaves everything where it is, and durable; there is no segment to write, because of `why`.
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

  // The appending thread's own.
  ReadySegment active_;  // of no file while there is no room for one
  bool poisoned_ = false;

  std::atomic<Sequence> end_;

  mutable std::mutex mutex_;
  std::deque<UsedSegment> segments_;  // in order; the last is the active one, if there is one
  bool has_active_ = false;
  std::optional<base::Error> no_room_;
  std::uint64_t appended_records_ = 0;
  std::uint64_t appended_bytes_ = 0;
};

}  // namespace tidemark::journal::local
