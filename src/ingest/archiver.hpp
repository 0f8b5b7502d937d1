#pragma once

/// Moves the tail into the archive, one Parquet segment and its ids at a time.

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "archive/manifest_store.hpp"
#include "archive/segment_checks.hpp"
#include "archive/segment_writer.hpp"
#include "files/files.hpp"
#include "ingest/commit_loop.hpp"
#include "journal/journal.hpp"
#include "ledger/local/id_index.hpp"
#include "query/publication.hpp"
#include "query/view.hpp"

namespace tidemark::ingest {

/// Promise:  a crash between any two steps costs work, never an event: the journal holds a
///           segment's events until the manifest names the segment; the next start deletes what the
///           manifest does not name.
/// Order:    segment (write, sync, read back), runs (write, sync), rename all, sync the folder,
///           manifest, ids published, manifest shown, journal released.
/// Errors:   a failed step is logged, counted and tried again with growing pauses and new file
///           names. Unless the disk refused it, the next try has half as many events, because what
///           was too much for the memory once always would be.
/// Threads:  a thread of its own, at low priority. `poke` and `figures` from any.
/// Lifetime: what Parts names must outlive the archiver; stop it before the commit loop.
class Archiver {
 public:
  struct Parts {
    files::Files& files;
    CommitLoop& loop;
    query::Publication& publication;
    archive::ManifestStore& manifests;
    archive::SegmentWriter& writer;
    archive::SegmentChecks& checks;
    ledger::local::IdIndex& ids;
    journal::Journal& journal;
    query::Views& views;
  };

  struct Options {
    std::uint64_t segment_events = 1'000'000;
    /// The tail's memory at which segments are written early, and the bytes of text in one segment.
    std::size_t tail_bytes = std::size_t{256} << 20;
    std::uint64_t snapshot_events = 4'000'000;
    std::uint64_t disk_free_bytes_min = std::uint64_t{64} << 20;
    /// Called before anything is written; after an error nothing is written.
    std::function<base::Status()> may_write = {};
    /// Seconds of one segment from its first byte to the manifest.
    std::function<void(double seconds)> observe_segment;
  };

  Archiver(Parts parts, Options options);
  ~Archiver();
  Archiver(const Archiver&) = delete;
  Archiver& operator=(const Archiver&) = delete;

  /// Tells the archiver that there may be work. Cheap; the commit thread calls it after each group.
  void poke();

  /// Archives all events soon, however few, in the archiver's thread, because nothing else holds
  /// them any more.
  void rescue();

  /// Archives all events that are visible now, however few. Blocks; tried once.
  base::Status archive_all();

  /// Runs `work` while no segment is being written. Blocks until then. For callers that must change
  /// the archive's files themselves.
  base::Status between_segments(const std::function<base::Status()>& work);

  struct Figures {
    Sequence archived = 0;       ///< every event below is in the archive
    std::uint64_t segments = 0;  ///< written since the start
    std::uint64_t failures = 0;  ///< steps that had to be tried again
    unsigned halvings = 0;       ///< how often the segment size was halved and is still halved
    std::uint64_t snapshots = 0;
    std::string last_failure;  ///< empty when the last step succeeded
    std::uint64_t disk_free_bytes = 0;
  };
  [[nodiscard]] Figures figures() const;

  /// Ends the thread after its current step, and writes a last snapshot of each view.
  void stop();

 private:
  void run();
  [[nodiscard]] bool segment_is_due() const;
  void look_at_disk();
  void rescue_if_wanted();
  void work();
  /// Archives [the archive's end, target) in segments of about the same size.
  base::Status archive_up_to(Sequence target);
  [[nodiscard]] Sequence segment_end(Sequence first, Sequence target) const;
  base::Status write_segment(Sequence end);
  /// Writes into the manifest the sums that segments have got since they were written.
  base::Status write_sums();
  void choose_next_size(const base::Status& written);
  base::Status rename_all(const archive::SegmentFile& segment,
                          const ledger::local::PreparedRuns& runs);
  base::Status write_snapshots_if_due(std::uint64_t events_min);
  void tend_views();
  void note(const base::Status& status);
  [[nodiscard]] bool stopping() const;

  Parts parts_;
  Options options_;
  std::chrono::steady_clock::time_point views_tended_{};  // used by the thread only
  std::mutex segment_mutex_;  // one segment at a time, by the thread or by archive_all
  unsigned halvings_ = 0;     // guarded by segment_mutex_, like the next member
  unsigned good_segments_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable due_;
  bool stopping_ = false;
  bool poked_ = false;
  bool rescue_wanted_ = false;
  std::chrono::milliseconds pause_{0};  // after failures
  Figures figures_;
  std::thread thread_;
};

}  // namespace tidemark::ingest
