#pragma once

/// What one process keeps on its own disk, put together: id index, Parquet archive, rollup,
/// columnar; and before them the local journal, or a feed from a ledger elsewhere.

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/service.hpp"
#include "app/recovery/folder_watch.hpp"
#include "app/recovery/id_check.hpp"
#include "app/recovery/proofs.hpp"
#include "archive/manifest_store.hpp"
#include "archive/segment_checks.hpp"
#include "archive/segment_reader.hpp"
#include "archive/segment_writer.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "config/settings.hpp"
#include "event/id_hash.hpp"
#include "files/data_folder.hpp"
#include "files/files.hpp"
#include "files/mark.hpp"
#include "ingest/archiver.hpp"
#include "ingest/commit_loop.hpp"
#include "ingest/scrubber.hpp"
#include "journal/journal.hpp"
#include "journal/local/reopening_log.hpp"
#include "ledger/local/id_index.hpp"
#include "query/publication.hpp"
#include "query/router.hpp"
#include "telemetry/metrics.hpp"
#include "views/columnar/engine.hpp"
#include "views/live/hub.hpp"
#include "views/rollup/engine.hpp"
#include "views/rollup/rollup.hpp"

namespace tidemark::app {

/// What start-up found and did, for the log.
struct StartReport {
  event::Sequence archived = 0;        ///< events in Parquet segments
  event::Sequence replayed_views = 0;  ///< events that the rollup read again
  event::Sequence from_journal = 0;    ///< events that were not archived yet
  std::vector<std::string> orphans;    ///< files of unfinished work that were deleted
  std::string snapshot_refused;        ///< why the rollup was not read from its snapshot
  std::size_t rebuilt_runs = 0;
  std::string loss_accepted;            ///< what was missing, where that was accepted
  std::string dropped;                  ///< what was dropped at the journal's end
  std::uint64_t unconfirmed_bytes = 0;  ///< of what was dropped, now or earlier
  double seconds = 0;
};

/// Everything of one data folder, open for reading and writing by this process alone.
///
/// Promise:  when `open` returns, all that was ever acknowledged is visible.
/// Errors:   Conflict where another process holds the folder (the message names its address);
///           Corrupt, Unavailable: what is wrong and what to do about it.
/// Lifetime: `files`, `settings`, `clock` and `metrics` must outlive it. Stop servers before it.
class LocalStore {
 public:
  struct Environment {
    files::Files& files;
    std::filesystem::path folder;
    const config::Settings& settings;
    const base::Clock& clock;
    telemetry::Metrics& metrics;
    /// Called around the answers of a commit group (http::WakeScope); may be empty.
    std::function<void(const std::function<void()>&)> around_answers = {};
    /// Called from the commit thread with each position that has become visible, and at the opening
    /// with the first one; must return at once.
    std::function<void(event::Sequence)> on_visible = {};
    /// Given where events are fed from a ledger elsewhere (PostgreSQL), in its order: there is no
    /// journal then, and who feeds begins at the position that is visible after the opening.
    struct Fed {
      event::Sequence up_to = 0;  ///< the end of that ledger: no view here may be beyond
      std::string epoch;          ///< its history
    };
    std::optional<Fed> fed = {};
    /// Asked after the store's own.
    std::vector<query::Engine*> more_engines = {};
    /// Given where an operator accepts that acknowledged events are missing.
    std::optional<AcceptedLoss> accepted_loss = {};
    /// Called once, from a thread of the store's, when the data folder is another one, or gone:
    /// nothing is taken from then on, and the process is to end.
    std::function<void(const base::Error&)> on_lost_folder = {};
  };

  static base::Result<std::unique_ptr<LocalStore>> open(Environment environment);
  ~LocalStore();
  LocalStore(const LocalStore&) = delete;
  LocalStore& operator=(const LocalStore&) = delete;

  [[nodiscard]] const StartReport& report() const { return report_; }
  [[nodiscard]] const event::IdHasher& hasher() const { return *hasher_; }
  [[nodiscard]] ingest::CommitLoop& acceptor() { return *loop_; }
  [[nodiscard]] ingest::Archiver& archiver() { return *archiver_; }
  [[nodiscard]] query::Publication& publication() { return publication_; }
  [[nodiscard]] const query::Engines& engines() const { return *engines_; }
  [[nodiscard]] views::columnar::ColumnarEngine& columnar() { return *columnar_; }
  [[nodiscard]] views::rollup::Rollup& rollup() { return *rollup_; }
  [[nodiscard]] const archive::SegmentReader& segments() const { return *reader_; }
  [[nodiscard]] archive::ManifestStore& manifests() { return *manifests_; }
  /// Reads events in the order of commits, with every field.
  [[nodiscard]] query::Replay scan_events() const;
  [[nodiscard]] views::live::Hub& live() { return *live_; }
  [[nodiscard]] files::DataFolder& folder() { return *folder_; }
  [[nodiscard]] const files::DataFolder& folder() const { return *folder_; }

  /// What `/readyz` tells.
  [[nodiscard]] std::vector<api::ReadinessCheck> readiness() const;

  /// Commits what was accepted and ends the threads. Idempotent; the destructor calls it.
  void stop();

 private:
  explicit LocalStore(Environment environment);

  // recovery/opening.cpp
  base::Status open_archive();
  base::Status open_proofs();
  /// Deletes what no manifest names, now that the journal is known to hold it.
  base::Status settle_archive();
  base::Status open_ids();
  /// Whether the journal holds all that it should, before anything is changed because of it.
  base::Status look_at_journal();
  /// Makes runs that cannot be read anew from their segments, and names them in the manifest.
  base::Result<std::vector<archive::RunFile>> rebuild_runs(
      const std::vector<ledger::local::BrokenRun>& faults);
  /// The same while the index is in use.
  base::Status repair_runs(const std::vector<ledger::local::BrokenRun>& faults);
  base::Result<ledger::TailWriter> open_journal();
  base::Result<ledger::TailWriter> open_log();
  /// Takes the events of a journal record that are not archived into ids and tail.
  base::Status recover(const journal::Record& record, ledger::TailWriter& tail);
  journal::local::Log::Options log_options();
  [[nodiscard]] base::Result<journal::local::Origin> origin() const;
  [[nodiscard]] base::Result<archive::Witness> witness() const;
  /// A snapshot of before a loss is of another ledger.
  [[nodiscard]] std::uint64_t snapshots_ledger_id() const;
  base::Status begin_mark();
  /// For `/readyz`: what an opening dropped and nobody confirmed.
  [[nodiscard]] std::string note_of_end() const;
  /// The last word of a process that ends in order.
  void note_end();
  void lose_folder(const base::Error& error);

  base::Status open_rollup(const ledger::TailWriter& tail);
  base::Status replay_archive(event::Sequence from, event::Sequence to);
  base::Status open_engines();
  base::Status start(ledger::TailWriter tail);
  void start_live();
  void start_scrubber();
  void start_zones();
  ingest::CommitLoop::Options commit_options();
  ingest::Archiver::Options archiver_options();
  void register_figures();  // local_store_figures.cpp
  void register_commit_figures();
  void register_storage_figures();
  void register_check_figures();
  void register_view_figures();

  Environment environment_;
  StartReport report_;
  std::unique_ptr<files::DataFolder> folder_;
  std::unique_ptr<files::Mark> mark_;  // null where events are fed from elsewhere, as `proofs_`
  std::unique_ptr<Proofs> proofs_;
  std::unique_ptr<event::IdHasher> hasher_;
  std::unique_ptr<archive::ManifestStore> manifests_;
  std::unique_ptr<archive::SegmentChecks> checks_;
  std::unique_ptr<archive::SegmentWriter> writer_;
  std::unique_ptr<archive::SegmentReader> reader_;
  std::unique_ptr<ledger::local::IdIndex> ids_;
  std::unique_ptr<journal::Journal> journal_;
  journal::local::ReopeningLog* log_ = nullptr;  // the journal, where it is the local one
  std::unique_ptr<views::rollup::Rollup> rollup_;
  std::unique_ptr<views::rollup::RollupEngine> rollup_engine_;
  std::unique_ptr<views::columnar::ColumnarEngine> columnar_;
  std::unique_ptr<query::Engines> engines_;
  query::Publication publication_;
  std::unique_ptr<views::live::Hub> live_;
  std::unique_ptr<ingest::CommitLoop> loop_;
  std::unique_ptr<ingest::Archiver> archiver_;
  std::unique_ptr<ingest::Scrubber> scrubber_;
  std::atomic<ingest::Archiver*> archiver_to_poke_{nullptr};  // the commit thread's way to it
  std::unique_ptr<FolderWatch> watch_;
  bool end_noted_ = false;
  std::unique_ptr<IdCheck> id_check_;
  std::atomic<std::uint64_t> runs_rebuilt_{0};  // since the start, and by it
};

}  // namespace tidemark::app
