#pragma once

/// What a data folder holds that nothing else could make again (journal, archive, ids), and how it
/// is opened after whatever has happened to it.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "archive/manifest_store.hpp"
#include "archive/segment_checks.hpp"
#include "archive/segment_reader.hpp"
#include "archive/segment_writer.hpp"
#include "base/result.hpp"
#include "event/id_hash.hpp"
#include "files/data_folder.hpp"
#include "files/files.hpp"
#include "files/mark.hpp"
#include "journal/journal.hpp"
#include "journal/local/reopening_log.hpp"
#include "ledger/local/id_index.hpp"
#include "ledger/tail.hpp"
#include "store/options.hpp"
#include "store/proofs.hpp"
#include "store/start_report.hpp"

namespace tidemark::store {

/// Events that are fed from a ledger elsewhere (PostgreSQL), in its order.
struct Fed {
  event::Sequence up_to = 0;  ///< the end of that ledger: no view here may be beyond it
  std::string epoch;          ///< of the ledger's history
};

/// The parts are opened in this order: the archive's manifest, the proofs of how many events there
/// were, the ids, the journal. Nothing is deleted before the journal is known to hold what the
/// archive does not.
///
/// Promise:  after `open`, archive and tail together are all events that were ever acknowledged,
///           and the ids know each of them.
/// Errors:   Conflict if another process holds the folder (the message names its address); Corrupt,
///           Unavailable: what is wrong and what to do about it. If acknowledged events are
///           missing, nothing on the disk is changed.
/// Threads:  `open` and `repair_runs` from one at a time; each other part has its own rules.
/// Lifetime: what Environment names must outlive it.
class DurableState {
 public:
  struct Environment {
    files::Files& files;
    std::filesystem::path folder;
    const Options& options;
    /// Given if there is no journal because events come from a ledger elsewhere.
    std::optional<Fed> fed = {};
    std::optional<AcceptedLoss> accepted_loss = {};
    /// The position that a view's snapshot proves; called with the `ledger_id` of the views.
    std::function<std::optional<event::Sequence>(std::uint64_t ledger_id)> proven_by_views = {};
    /// How long one sync of the journal took.
    std::function<void(std::chrono::nanoseconds)> on_sync = {};
  };

  struct Opened {
    std::unique_ptr<DurableState> state;
    ledger::TailWriter tail;  ///< the events that are not archived
  };

  static base::Result<Opened> open(Environment environment);
  DurableState(const DurableState&) = delete;
  DurableState& operator=(const DurableState&) = delete;

  [[nodiscard]] const StartReport& report() const { return report_; }
  [[nodiscard]] files::DataFolder& folder() const { return *folder_; }
  [[nodiscard]] const event::IdHasher& hasher() const { return *hasher_; }
  [[nodiscard]] archive::ManifestStore& manifests() const { return *manifests_; }
  [[nodiscard]] archive::SegmentChecks& checks() const { return *checks_; }
  [[nodiscard]] archive::SegmentWriter& writer() const { return *writer_; }
  [[nodiscard]] archive::SegmentReader& reader() const { return *reader_; }
  [[nodiscard]] ledger::local::IdIndex& ids() const { return *ids_; }
  [[nodiscard]] journal::Journal& journal() const { return *journal_; }
  /// The journal if it is the local one; null if events are fed.
  [[nodiscard]] journal::local::ReopeningLog* log() const { return log_; }
  /// Null if events are fed.
  [[nodiscard]] files::Mark* mark() const { return mark_.get(); }

  /// Names the ledger of a view's snapshot: a snapshot from before a loss belongs to another
  /// ledger.
  [[nodiscard]] std::uint64_t views_ledger_id() const;

  /// Makes runs anew while the index is in use; the archive's files must not change meanwhile.
  base::Status repair_runs(const std::vector<ledger::local::BrokenRun>& faults);
  /// During and since the start.
  [[nodiscard]] std::uint64_t runs_rebuilt() const { return runs_rebuilt_; }

  /// Bytes that an opening dropped, that may have been acknowledged, and that nobody has confirmed.
  [[nodiscard]] std::uint64_t unconfirmed_bytes() const { return mark_ ? mark_->unconfirmed() : 0; }
  /// The same in words for an operator; empty if there are none.
  [[nodiscard]] std::string note_of_end() const;

  /// The last call of a process that ends in order: then the next start drops nothing. Idempotent.
  void note_end();

 private:
  explicit DurableState(Environment environment) : environment_(std::move(environment)) {}

  base::Status open_folder();
  base::Status open_archive();
  base::Status open_proofs();
  base::Status open_ids();
  base::Result<ledger::TailWriter> open_journal();
  base::Result<ledger::TailWriter> open_log();
  /// Deletes what no manifest names, now that the journal is known to hold it.
  base::Status settle_archive();
  base::Status begin_mark();
  /// Checks that the journal holds all that it should, before anything is changed because of it.
  base::Status look_at_journal();
  /// Makes unreadable runs anew from their segments, and names them in the manifest.
  base::Result<std::vector<archive::RunFile>> rebuild_runs(
      const std::vector<ledger::local::BrokenRun>& faults);
  /// Takes the events of a journal record that are not archived into the ids and the tail.
  base::Status recover(const journal::Record& record, ledger::TailWriter& tail);
  journal::local::Log::Options log_options();
  [[nodiscard]] base::Result<journal::local::Origin> origin() const;
  [[nodiscard]] base::Result<archive::Witness> witness() const;

  Environment environment_;
  StartReport report_;
  std::unique_ptr<files::DataFolder> folder_;
  std::unique_ptr<files::Mark> mark_;  // null if events are fed, as is `proofs_`
  std::unique_ptr<Proofs> proofs_;
  std::unique_ptr<event::IdHasher> hasher_;
  std::unique_ptr<archive::ManifestStore> manifests_;
  std::unique_ptr<archive::SegmentChecks> checks_;
  std::unique_ptr<archive::SegmentWriter> writer_;
  std::unique_ptr<archive::SegmentReader> reader_;
  std::unique_ptr<ledger::local::IdIndex> ids_;
  std::unique_ptr<journal::Journal> journal_;
  journal::local::ReopeningLog* log_ = nullptr;
  bool end_noted_ = false;
  std::atomic<std::uint64_t> runs_rebuilt_{0};
};

}  // namespace tidemark::store
