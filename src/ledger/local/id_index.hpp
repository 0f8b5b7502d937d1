#pragma once

/// Decides whether an event was seen before: it knows every id that was ever taken, exactly, for
/// ever.

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "archive/run_file.hpp"
#include "base/result.hpp"
#include "event/event.hpp"
#include "files/files.hpp"
#include "ledger/local/fresh_ids.hpp"
#include "ledger/local/sealed_ids.hpp"
#include "ledger/local/sorted_run.hpp"

namespace tidemark::ledger::local {

/// Runs that are written and synced under `file + ".tmp"`, and what follows from them.
///
/// Lifetime: if thrown away, it leaves only files ending in .tmp, which the next `prepare`
///           replaces.
struct PreparedRuns {
  std::vector<archive::RunFile> runs;       ///< all runs from now on, for the next manifest
  std::vector<archive::RunFile> added;      ///< those of them that must be renamed from .tmp
  std::vector<archive::RunFile> removed;    ///< those that the next manifest no longer names
  std::shared_ptr<const SealedIds> sealed;  ///< for IdIndex::publish
};

/// A run that the manifest names (or should name) and that is unusable.
struct BrokenRun {
  archive::RunFile run;
  base::Error why;
};

/// All ids: sealed ones on disk, fresh ones in memory.
///
/// How an event meets it:
///   1. network thread: `auto sealed = index.sealed(); sealed->probe(hashes, known)`; the batch
///      keeps `sealed` until the commit thread is done with it;
///   2. commit thread: `begin_group()` once per group; then for each row that is not `known`
///      `reserve(hash, next)`; `forget_from(first of the group)` if the group's write failed;
///   3. archiver: `prepare(hashes of the segment)`; rename the added files; sync the folder; write
///      the manifest; `publish`. After a failure in between: throw the PreparedRuns away, start
///      again.
///
/// Promise:  an id that was reserved and not taken back is always found by 1 or 2.
/// Order:    `begin_group` drops fresh ids that a published run covers only when no SealedIds
///           without that run is alive.
/// Threads:  `sealed()` and the sizes: any. `begin_group`, `prefetch`, `reserve`, `find_fresh`,
///           `forget_from`: the commit thread. `prepare`, `publish`, `exchange`, `sweep`: the
///           archiver's thread.
/// Cost:     `prepare` of a million ids takes about 0.1 to 0.5 s and writes 24 bytes an id about
///           log2(all / new) times (the runs of a partition are merged when they grow to more than
///           four); its memory is bounded by 64 bytes a new id and 32 MiB.
class IdIndex {
 public:
  struct Opened {
    std::unique_ptr<IdIndex> index;  ///< null if a run is broken
    std::vector<BrokenRun> broken;   ///< the caller must rebuild these, then open again
  };

  /// Opens the runs that the manifest names, in `folder`. They must cover [0, end) in each
  /// partition; a range that they do not cover is reported as broken too. Reads filters, not ids.
  /// `files` must outlive the index. Fresh ids start at `end`: reserve the journal's rows anew.
  /// Errors: Corrupt if the runs contradict each other or `end`; Unavailable: the disk.
  static base::Result<Opened> open(files::Files& files, const files::Files::Path& folder,
                                   std::span<const archive::RunFile> runs, Sequence end);

  /// Hands over the existing ids of the sequences [first, end), in that order, in pieces of any
  /// size.
  using IdSource = std::function<base::Status(
      Sequence first, Sequence end,
      const std::function<base::Status(std::span<const RunEntry>)>& take)>;

  /// Writes broken runs anew, in place and durably, from the archive's segments. Returns what the
  /// manifest must name instead of each, in the same order; a run with the same ids has the same
  /// description.
  /// Errors: Corrupt if the archive holds other ids than the manifest says; those of the disk.
  /// Cost: reads the archive once for each 8 million broken ids; 24 bytes of memory an id.
  static base::Result<std::vector<archive::RunFile>> rebuild(
      files::Files& files, const files::Files::Path& folder,
      std::span<const archive::RunFile> broken, const IdSource& source);

  /// Reads and checks every byte of every run. Empty if all is well.
  static std::vector<BrokenRun> verify(files::Files& files, const files::Files::Path& folder,
                                       std::span<const archive::RunFile> runs);

  // Any thread.
  [[nodiscard]] std::shared_ptr<const SealedIds> sealed() const;

  // The commit thread.
  /// Drops fresh ids that every SealedIds in use knows.
  void begin_group();
  void prefetch(const IdHash& hash) const { fresh_.prefetch(hash); }
  Sequence reserve(const IdHash& hash, Sequence sequence) { return fresh_.reserve(hash, sequence); }
  [[nodiscard]] Sequence find_fresh(const IdHash& hash) const { return fresh_.find(hash); }
  void forget_from(Sequence sequence) { fresh_.forget_from(sequence); }
  [[nodiscard]] const FreshIds& fresh() const { return fresh_; }

  // The archiver's thread.
  /// Writes the runs of one segment, the sequences from sealed()->end() on, and merges older runs
  /// so that no partition has more than four. No other thread sees a change.
  base::Result<PreparedRuns> prepare(std::span<const IdHash> hashes);
  /// Makes `prepared` what `sealed()` returns. Call it only after the manifest that names it is
  /// durable.
  void publish(PreparedRuns prepared);
  /// Opens these runs, whose files were written anew with the same ids, in place of the runs with
  /// the same names. After an error everything is as before.
  base::Status exchange(std::span<const archive::RunFile> rebuilt);
  /// Removes the files of runs that are neither published nor in use any more; `publish` does it
  /// too. Returns how many files still wait. A file that cannot be removed is left to the next
  /// start.
  std::size_t sweep();

 private:
  IdIndex(files::Files& files, files::Files::Path folder, std::shared_ptr<const SealedIds> sealed);

  /// An earlier state that a batch may still act upon.
  struct Earlier {
    std::weak_ptr<const SealedIds> sealed;
    Sequence end = 0;
  };

  files::Files& files_;
  files::Files::Path folder_;
  FreshIds fresh_;  // used by the commit thread only

  mutable std::mutex mutex_;  // guards the next two
  std::shared_ptr<const SealedIds> sealed_;
  std::vector<Earlier> earlier_;  // oldest first

  std::vector<std::shared_ptr<const SortedRun>> retired_;  // used by the archiver's thread only
};

}  // namespace tidemark::ledger::local
