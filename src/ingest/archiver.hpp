#pragma once

/// Carries the tail into the archive: one Parquet segment and its ids at a time.

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

/// Promise:  a crash between any two steps costs work, never an event: until the manifest names a
///           segment, the journal holds its events; what the manifest does not name is deleted at
///           the next start.
/// Order:    segment (write, sync, read back), runs (write, sync), rename all, sync the folder,
///           manifest, ids published, manifest shown, journal released.
/// Errors:   a failed step is logged, counted and tried again with growing pauses, with new names;
///           unless the disk refused it with half as many events, because what was too much for the
///           memory once would be so for ever.
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
    /// Memory of the tail at which segments are written early, and the texts of one segment.
    std::size_t tail_bytes = std::size_t{256} << 20;
    std::uint64_t snapshot_events = 4'000'000;
    std::uint64_t disk_free_bytes_min = std::uint64_t{64} << 20;
    /// Asked before anything is written: an error, and nothing is.
    std::function<base::Status()> may_write = {};
    /// Seconds of one segment from its first byte to the manifest.
    std::function<void(double seconds)> observe_segment;
  };

  Archiver(Parts parts, Options options);
  ~Archiver();
  Archiver(const Archiver&) = delete;
  Archiver& operator=(const Archiver&) = delete;

  /// Says that there may be something to do. Cheap; the commit thread calls it after each group.
  void poke();

  /// Archives everything in its own thread, soon, however little: nothing else holds it any more.
  void rescue();

  /// Archives everything that is visible now, however little. Blocks; tried once.
  base::Status archive_all();

  /// Runs `work` while no segment is being written: for what must change the archive's files
  /// beside it. Blocks until then.
  base::Status between_segments(const std::function<base::Status()>& work);

  struct Figures {
    Sequence archived = 0;       ///< every event below is in the archive
    std::uint64_t segments = 0;  ///< written since the start
    std::uint64_t failures = 0;  ///< steps that had to be tried again
    unsigned halvings = 0;       ///< how often the size of a segment was halved, and is still
    std::uint64_t snapshots = 0;
    std::string last_failure;  ///< empty when the last step succeeded
    std::uint64_t disk_free_bytes = 0;
  };
  [[nodiscard]] Figures figures() const;

  /// Ends the thread after the step that it is at, and writes a last snapshot of each view.
  void stop();

 private:
  void run();
  [[nodiscard]] bool segment_is_due() const;
  void look_at_disk();
  void rescue_if_wanted();
  void work();
  /// Archives [the archive's end, target) in segments of like size.
  base::Status archive_up_to(Sequence target);
  [[nodiscard]] Sequence segment_end(Sequence first, Sequence target) const;
  base::Status write_segment(Sequence end);
  /// Sums of segments that were made since go into the manifest.
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
  std::chrono::steady_clock::time_point views_tended_{};  // the thread's
  std::mutex segment_mutex_;  // one segment at a time: the thread's or archive_all's
  unsigned halvings_ = 0;     // whose has segment_mutex_, as the next
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
