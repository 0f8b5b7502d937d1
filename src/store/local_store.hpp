#pragma once

/// The running store of one process on its own disk: the durable state, the threads that change it,
/// and the views and engines that answer from it.

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "archive/manifest_store.hpp"
#include "archive/segment_reader.hpp"
#include "base/result.hpp"
#include "event/id_hash.hpp"
#include "files/data_folder.hpp"
#include "files/files.hpp"
#include "ingest/archiver.hpp"
#include "ingest/commit_loop.hpp"
#include "ingest/scrubber.hpp"
#include "query/engine.hpp"
#include "query/event_reading.hpp"
#include "query/publication.hpp"
#include "query/router.hpp"
#include "query/view.hpp"
#include "store/durable_state.hpp"
#include "store/folder_watch.hpp"
#include "store/id_check.hpp"
#include "store/options.hpp"
#include "store/proofs.hpp"
#include "store/start_report.hpp"
#include "telemetry/metrics.hpp"
#include "views/columnar/engine.hpp"
#include "views/live/hub.hpp"
#include "views/rollup/engine.hpp"
#include "views/rollup/rollup.hpp"

namespace tidemark::store {

/// One data folder, open for reading and writing by this process alone.
///
/// Promise:  when `open` returns, all events that were ever acknowledged are visible.
/// Errors:   those of DurableState::open, and Unavailable if DuckDB cannot be opened.
/// Lifetime: `files` and `metrics` must outlive it. Stop servers before it.
class LocalStore {
 public:
  struct Environment {
    files::Files& files;
    std::filesystem::path folder;
    Options options;
    telemetry::Metrics& metrics;
    /// Called around the answers of a commit group (http::WakeScope); may be empty.
    std::function<void(const std::function<void()>&)> around_answers = {};
    /// The commit thread calls it with each position that has become visible, and the opening with
    /// the first one; it must return at once.
    std::function<void(event::Sequence)> on_visible = {};
    /// Given if events are fed from a ledger elsewhere (PostgreSQL), in its order. Then there is no
    /// journal, and the feeding thread begins at the position that is visible after the opening.
    std::optional<Fed> fed = {};
    /// Asked after the store's own engines.
    std::vector<query::Engine*> more_engines = {};
    /// Given if an operator accepts that acknowledged events are missing.
    std::optional<AcceptedLoss> accepted_loss = {};
    /// A thread of the store calls it once when the data folder is gone or is another one: the
    /// store refuses everything from then on, and the process must end.
    std::function<void(const base::Error&)> on_lost_folder = {};
  };

  static base::Result<std::unique_ptr<LocalStore>> open(Environment environment);
  ~LocalStore();
  LocalStore(const LocalStore&) = delete;
  LocalStore& operator=(const LocalStore&) = delete;

  [[nodiscard]] const StartReport& report() const { return report_; }
  [[nodiscard]] const event::IdHasher& hasher() const { return durable_->hasher(); }
  [[nodiscard]] ingest::CommitLoop& acceptor() { return *loop_; }
  [[nodiscard]] ingest::Archiver& archiver() { return *archiver_; }
  [[nodiscard]] query::Publication& publication() { return publication_; }
  [[nodiscard]] const query::Engines& engines() const { return *engines_; }
  [[nodiscard]] views::columnar::ColumnarEngine& columnar() { return *columnar_; }
  [[nodiscard]] query::Views& views() { return *views_; }
  [[nodiscard]] const archive::SegmentReader& segments() const { return durable_->reader(); }
  [[nodiscard]] archive::ManifestStore& manifests() { return durable_->manifests(); }
  /// Reads events in commit order, with every field.
  [[nodiscard]] query::EventScan scan_events() const;
  [[nodiscard]] views::live::Hub& live() { return *live_; }
  [[nodiscard]] files::DataFolder& folder() { return durable_->folder(); }
  [[nodiscard]] const files::DataFolder& folder() const { return durable_->folder(); }

  /// Whether each part works; a failed one says why.
  struct Health {
    base::Status journal = base::ok;
    std::string journal_note;  ///< what an operator should know although the journal works
    base::Status archive = base::ok;
  };
  [[nodiscard]] Health health() const;

  /// Commits what was accepted and ends the threads. Idempotent; the destructor calls it.
  void stop();

 private:
  explicit LocalStore(Environment environment);

  base::Result<ledger::TailWriter> open_durable_state();
  base::Status open_views(const ledger::TailWriter& tail);
  base::Status open_engines();
  void start(ledger::TailWriter tail);
  void start_live();
  void start_scrubber();
  void start_views();
  /// Opens the journal again after a failure; empty if there is no journal.
  [[nodiscard]] ingest::CommitLoop::ReopenJournal reopening();
  base::Status repair_runs(const std::vector<ledger::local::BrokenRun>& faults);
  void lose_folder(const base::Error& error);
  ingest::CommitLoop::Options commit_options();
  ingest::Archiver::Options archiver_options();
  void register_figures();  // local_store_figures.cpp
  void register_commit_figures();
  void register_storage_figures();
  void register_check_figures();
  void register_view_figures();

  Environment environment_;
  StartReport report_;
  std::unique_ptr<DurableState> durable_;
  std::unique_ptr<views::rollup::Rollup> rollup_;
  std::unique_ptr<query::Views> views_;
  std::unique_ptr<views::rollup::RollupEngine> rollup_engine_;
  std::unique_ptr<views::columnar::ColumnarEngine> columnar_;
  std::unique_ptr<query::Engines> engines_;
  query::Publication publication_;
  std::unique_ptr<views::live::Hub> live_;
  std::unique_ptr<ingest::CommitLoop> loop_;
  std::unique_ptr<ingest::Archiver> archiver_;
  std::unique_ptr<ingest::Scrubber> scrubber_;
  std::atomic<ingest::Archiver*> archiver_to_poke_{nullptr};  // for the commit thread
  std::unique_ptr<FolderWatch> watch_;
  std::unique_ptr<IdCheck> id_check_;
};

}  // namespace tidemark::store
