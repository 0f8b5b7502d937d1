#pragma once

/// The one thread that decides what is new, makes it durable and shows it.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "archive/manifest.hpp"
#include "event/id_hash.hpp"
#include "event/stored_rows.hpp"
#include "ingest/acceptor.hpp"
#include "ingest/id_lookup.hpp"
#include "journal/journal.hpp"
#include "ledger/local/id_index.hpp"
#include "ledger/tail.hpp"
#include "query/publication.hpp"
#include "query/view.hpp"

namespace tidemark::ingest {

/// Self-clocking group commit: while one sync runs, the next group gathers. No timer.
///
/// Order:    for each group: probe and reserve ids, append one record, sync, apply to the views,
///           publish, answer. An answer therefore means durable, unique and visible.
/// Errors:   if the write of a group fails, the group is taken back whole and each of its callers
///           gets the error. After a failure that leaves the disk's content unknown, everything is
///           refused, and `healthy` says so, until the journal could be opened anew from what the
///           disk holds. If the journal then holds the failed group after all, its events are
///           shown, as after a restart.
/// Threads:  `accept`, `prepare`, `find`, `figures`, `healthy` from any; `adopt` from the archiver.
/// Lifetime: what Parts names must outlive the loop.
class CommitLoop final : public Acceptor, public IdLookup {
 public:
  struct Parts {
    journal::Journal& journal;
    ledger::local::IdIndex& ids;
    query::Views& views;
    query::Publication& publication;
    const event::IdHasher& hasher;
  };

  using ReopenJournal = std::function<base::Status(Sequence from, const journal::Visitor& visit)>;

  struct Options {
    /// Opens the journal anew after a failure, as ReopeningLog::reopen does. It is tried at once
    /// and then with growing pauses. Without it only a restart helps.
    ReopenJournal reopen_journal;
    /// The bytes of batches that wait or are being committed.
    std::size_t in_flight_bytes_max = std::size_t{128} << 20;
    /// A group is closed at this size: large enough that many batches share a sync, small enough
    /// that no batch waits long behind one write (8 MiB take about 5 ms).
    std::size_t group_bytes_max = std::size_t{8} << 20;
    /// The memory of events that are not archived: from three quarters of it groups are slowed, at
    /// all of it batches are refused.
    std::size_t tail_bytes_max = std::size_t{768} << 20;
    /// The epoch of the published positions: see query::Visible.
    std::string epoch = {};
    /// Called around the answers of a group, so that waiters can be woken together.
    std::function<void(const std::function<void()>&)> around_answers;
    /// The commit thread calls it with the visible position after each group and each adoption; it
    /// must return at once.
    std::function<void(Sequence)> after_group;
    /// Seconds of one append (write and sync), and events of one group: for the metrics.
    std::function<void(double seconds, std::size_t events)> observe_append;
  };

  /// The state that the start has rebuilt, of which nothing has been published yet.
  struct Recovered {
    ledger::TailWriter tail;
    archive::ManifestPtr manifest;
  };

  CommitLoop(Parts parts, Options options, Recovered recovered);
  ~CommitLoop() override;
  CommitLoop(const CommitLoop&) = delete;
  CommitLoop& operator=(const CommitLoop&) = delete;

  base::Result<Submission> prepare(event::Batch batch) const override;
  void accept(Submission submission, ReceiptHandler done) override;

  /// At most kLookupsMax wait. They are answered between two groups, even while batches are
  /// refused.
  void find(std::vector<event::IdHash> ids, IdLookup::Handler done) override;
  static constexpr std::size_t kLookupsMax = 10'000;

  /// Publishes a newer manifest and drops the tail that it covers. Returns when that is visible.
  void adopt(archive::ManifestPtr manifest);

  /// Runs `work` on the commit thread between two groups and publishes what it changed in the
  /// views. Returns when that is done. For views that must change while nobody writes.
  void between_groups(std::function<void()> work);

  /// Asks for a turn of the views between two groups (View::take_turn). Does not block.
  void wake_for_views();

  /// Refuses new batches with Overloaded until it is called with an empty `reason`: the disk is
  /// nearly full. Clients read the reason, so it must not name paths.
  void refuse(std::string reason);

  /// Refuses new batches with Unavailable for good. Clients read the reason, so it must not name
  /// paths.
  void stop_taking(std::string reason);

  /// Ok, or why batches are refused. A moment in which the waiting batches are at their bound does
  /// not count.
  [[nodiscard]] base::Status healthy() const;

  struct Figures {
    std::size_t waiting_batches = 0;
    std::size_t in_flight_bytes = 0;
    std::size_t tail_bytes = 0;
    std::size_t tail_spare_bytes = 0;  ///< memory kept for the tail's next use
    Sequence tail_begin = 0;
    Sequence tail_end = 0;
    std::size_t fresh_id_bytes = 0;
    std::uint64_t refused_in_flight = 0;  ///< times in_flight_bytes_max was hit
    std::uint64_t refused_tail = 0;       ///< times tail_bytes_max was hit
    std::uint64_t refused_lookups = 0;    ///< times kLookupsMax was hit
    std::uint64_t slowed_groups = 0;
    std::uint64_t journal_reopened = 0;  ///< times the journal was opened anew after a failure
  };
  [[nodiscard]] Figures figures() const;

  /// Commits and answers the batches that were taken, and ends the thread. Later batches are
  /// refused.
  void stop();

 private:
  struct Pending {
    Submission submission;
    ReceiptHandler done;
    std::size_t bytes = 0;
    Receipt receipt;
  };
  using Group = std::vector<std::unique_ptr<Pending>>;
  struct Lookup {
    std::vector<event::IdHash> ids;
    std::vector<Sequence> found;  ///< those of the archived ids
    /// While this is held, every later id is among the fresh ones.
    std::shared_ptr<const ledger::local::SealedIds> sealed;
    IdLookup::Handler done;
  };
  struct Turn {
    Group group;
    std::vector<Lookup> lookups;
    std::vector<std::function<void()>> work;
    bool last = false;
  };

  void run();
  Turn next_turn();
  void wait_for_room(std::unique_lock<std::mutex>& lock);
  void look_up(std::vector<Lookup>& lookups);
  void commit(Group& group);
  /// Fills the receipts, and `fresh_` with the rows that are new.
  void assign(Group& group);
  void assign_row(Pending& pending, std::size_t row);
  base::Status append_fresh();
  /// Shows committed rows: they are durable, and their ids are reserved.
  void apply(const event::StoredRows& rows, const std::shared_ptr<std::byte[]>& content,
             std::size_t bytes);
  void note_failure(const base::Error& error);
  void reopen_if_due();
  base::Status reopen();
  /// Takes a record that the journal holds although its callers got an error.
  base::Status take_found(Sequence first, const std::shared_ptr<std::byte[]>& content,
                          std::size_t bytes);
  void publish();
  void answer(Group& group, const base::Status& status);
  void note_figures();
  [[nodiscard]] base::Status admit(std::size_t bytes);

  Parts parts_;
  Options options_;
  ledger::TailWriter tail_;        // used by the commit thread only
  archive::ManifestPtr manifest_;  // used by the commit thread only
  /// Used by the commit thread only: the new rows of a group, kept so that the next group uses the
  /// same memory.
  event::StoredRows fresh_;

  mutable std::mutex mutex_;
  std::condition_variable work_there_;
  std::condition_variable work_done_;
  Group waiting_;
  std::vector<Lookup> lookups_;
  std::vector<std::function<void()>> work_;
  std::uint64_t work_asked_ = 0;
  std::uint64_t work_finished_ = 0;
  bool views_want_turn_ = false;
  bool stopping_ = false;
  bool stopped_ = false;
  std::string poisoned_;  // why the journal takes nothing more; only the commit thread sets it
  std::string refusal_;   // why the archiver wants batches to be refused
  std::string end_;       // why batches are refused for good
  Figures figures_;
  std::chrono::steady_clock::time_point reopen_at_;  // used by the commit thread only
  std::chrono::milliseconds reopen_pause_{0};        // used by the commit thread only
  std::thread thread_;
};

}  // namespace tidemark::ingest
