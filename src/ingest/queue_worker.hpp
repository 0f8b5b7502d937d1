#pragma once

/// Carries entries of the queue into the ledger, with one consumer, one writer and one thread.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/result.hpp"
#include "event/encoding.hpp"
#include "event/id_hash.hpp"
#include "event/stored_rows.hpp"
#include "journal/redis/consumer.hpp"
#include "journal/redis/figures.hpp"
#include "ledger/writer.hpp"
#include "telemetry/trouble.hpp"

namespace tidemark::ingest {

/// Promise:  an entry is acknowledged after its events are committed, or kept as dead letters with
///           the error. After a crash in between, the entry is processed again, and the ledger
///           notices that. An event that the ledger always refuses is found by halving the batch;
///           it alone becomes a dead letter. When the ledger has another history than before, the
///           entries that were acknowledged lately are processed again, because the new ledger may
///           lack them.
/// Errors:   while the queue or the ledger is away, the worker tries again for as long as it takes,
///           with growing pauses that differ from worker to worker. No event becomes a dead letter
///           because of that.
/// Threads:  a thread of its own; `figures` and `healthy` from any.
class QueueWorker {
 public:
  struct Options {
    journal::redis::Consumer::Options consumer;
    /// A batch is all that waits, up to this bound, which is large enough that many entries share a
    /// commit. Its bytes are counted as the queue holds them, and again when they are unpacked.
    journal::redis::Consumer::Most batch = {};
    /// The time from one read to the next, unless the queue holds more than a batch. Entries gather
    /// meanwhile, because a batch of few entries costs nearly as much as a batch of many.
    std::chrono::milliseconds gather{50};
    /// An entry that is held longer than this counts as abandoned: longer than a batch may take
    /// with all its time-outs.
    std::chrono::milliseconds claim_after{60'000};
    /// How often the worker looks for abandoned entries and forgets committed ones.
    std::chrono::milliseconds upkeep_every{5'000};
    journal::redis::Consumer::Kept kept = {};
    /// How long the ledger knows entries by name, for redeliveries and for clients that ask where
    /// the events of a request are. Zero: this worker leaves the ledger's upkeep, and the figures
    /// of the queue, to other workers.
    std::chrono::seconds names_kept{0};
    /// Seconds and events of one committed batch: for the metrics.
    std::function<void(double seconds, std::size_t events)> observe_batch = {};
  };

  QueueWorker(clients::redis::Address queue, std::unique_ptr<ledger::Writer> writer,
              Options options);
  ~QueueWorker();
  QueueWorker(const QueueWorker&) = delete;
  QueueWorker& operator=(const QueueWorker&) = delete;

  struct Figures {
    std::uint64_t entries = 0;     ///< acknowledged
    std::uint64_t accepted = 0;    ///< events that were new
    std::uint64_t duplicates = 0;  ///< events whose id was known
    std::uint64_t repeated = 0;    ///< entries that were committed before
    std::uint64_t claimed = 0;     ///< entries taken over from other workers
    std::uint64_t batches = 0;
    std::uint64_t retries = 0;
    std::uint64_t buried = 0;   ///< dead letters
    std::uint64_t rewound = 0;  ///< acknowledged entries that were processed again for a new ledger
  };
  [[nodiscard]] Figures figures() const;
  /// The queue's figures, as of the last upkeep; only from a worker that does the ledger's upkeep.
  [[nodiscard]] journal::redis::QueueFigures queue() const;

  /// Ok, or the error of the last try.
  [[nodiscard]] base::Status healthy() const;

  /// Ends after the current batch. Entries that were read but not committed stay in the queue.
  void stop();

 private:
  using Entry = journal::redis::Entry;
  /// An entry as rows.
  struct Opened {
    const Entry* entry = nullptr;
    std::unique_ptr<const std::string> record = {};  ///< the rows point into it
    event::StoredRows rows = {};
  };

  /// An event that the ledger refuses.
  struct BadEvent {
    event::Row row;
    std::string why;
  };

  void run();
  base::Status turn();
  base::Status upkeep();
  base::Status follow_ledger();
  base::Status look_at_queue();
  base::Status keep_ledger();
  base::Status work_on(const std::vector<Entry>& entries);
  [[nodiscard]] base::Result<Opened> open(const Entry& entry) const;
  static ledger::EntryEvents entry_of(const Opened& opened, std::span<const event::Row> rows);
  base::Status store(std::span<const Opened> batch);
  base::Status store_apart(std::span<const Opened> batch);
  base::Status store_without_bad_events(const Opened& opened);
  /// Halves the rows until each is known to be good or bad.
  base::Status sort_out(const ledger::EntryEvents& entry, std::span<const event::Row> rows,
                        std::vector<event::Row>& good, std::vector<BadEvent>& bad);
  /// Tries again until the batch is written, or found unwritable (InvalidInput), or the worker
  /// stops.
  base::Result<ledger::Written> write(std::span<const ledger::EntryEvents> batch,
                                      ledger::Writer::Mode mode);
  void count(const ledger::Written& written, std::chrono::steady_clock::time_point begun);
  base::Status acknowledge(std::span<const Opened> batch);
  base::Status bury(const Entry& entry, std::span<const journal::redis::Burial> parts);
  /// Repeats `call` until it succeeds or the worker stops.
  base::Status insist(const std::function<base::Status()>& call);
  void note(const base::Status& status);
  void pause_before_retry();
  void wait_until(std::chrono::steady_clock::time_point time);
  [[nodiscard]] bool stopping() const;

  const Options options_;
  // Used by the thread only.
  journal::redis::Consumer consumer_;
  std::unique_ptr<ledger::Writer> writer_;
  const event::IdHasher hasher_;  // the ledger hashes by a key of its own
  std::minstd_rand random_;
  std::chrono::milliseconds retry_pause_{0};
  std::int64_t newest_entry_ms_ = 0;
  std::chrono::steady_clock::time_point read_at_;
  std::chrono::steady_clock::time_point upkeep_at_;
  std::chrono::steady_clock::time_point ledger_upkeep_at_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  Figures figures_;
  journal::redis::QueueFigures queue_;
  base::Status health_ = base::ok;
  telemetry::Trouble trouble_{"the worker waits and tries again", "the worker goes on"};
  std::thread thread_;
};

}  // namespace tidemark::ingest
