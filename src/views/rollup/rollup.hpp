#pragma once

/// Who did what on which day, as sets of users in memory: the view that answers at once.
///
/// A user's ordinal is the rank of the user's first event by sequence, so it is the same after
/// every rebuild. For each local day of a zone there are the number of events and the set of users,
/// of all events and of each type. All of it lies in reference-counted nodes: what the writer alone
/// holds is changed in place, what a published root still shows is copied first, node by node.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/result.hpp"
#include "event/event.hpp"
#include "event/stored_rows.hpp"
#include "files/files.hpp"
#include "query/publication.hpp"
#include "query/replay.hpp"
#include "query/visible.hpp"

namespace tidemark::views::rollup {

struct RollupOptions {
  /// Where the snapshots lie; a folder of their own. It may be deleted at any time. Empty: there
  /// are none.
  std::filesystem::path folder;
  /// Which ledger this is a view of: a snapshot of another one is not read.
  std::uint64_t ledger_id = 0;
  /// The end of the ledger: a snapshot beyond it is not read.
  event::Sequence ledger_end = event::kNoSequence;
  /// Over it the rarest types lose their sets, then zones, then the view answers nothing.
  std::size_t memory_bytes_max = std::size_t{4} << 30;
  std::size_t zones_max = 8;  ///< kept besides UTC, by last use
  /// How long a question that names this engine waits for a zone's sets.
  std::chrono::milliseconds zone_patience{10'000};
  std::uint64_t hash_seed = 0;  ///< secret, so that nobody can choose ids that collide
};

/// What is needed to build the sets of a zone while events arrive.
struct ZoneHooks {
  query::Replay replay;
  /// The first published state at or above a position, or null: Publication::wait_for.
  std::function<query::VisiblePtr(event::Sequence, std::chrono::milliseconds)> visible_at;
  /// Asks the writer for a `take_turn` soon. Called from the builder's thread; must not block.
  std::function<void()> wake_writer;
  /// Twice as many events are read on two threads: 5 million take 2 s.
  event::Sequence events_of_a_share_min = 5'000'000;
};

struct RollupFigures {
  std::uint64_t users = 0;
  std::uint64_t types = 0;
  std::uint64_t types_without_sets = 0;  ///< dropped, for memory was short
  std::uint64_t zones = 0;               ///< besides UTC
  std::uint64_t memory_bytes = 0;
  bool given_up = false;  ///< memory was too short, or `give_up` was called; nothing is answered
};

/// The writer's side.
///
/// Promise:  after `apply`, a root answers for exactly the events below its position. Memory that
///           runs short costs answers (CannotAnswer), never events and never exactness.
/// Order:    a writer's round is: Publication::take_back, `apply` for each piece of the group (or
///           `take_turn` alone), `root`, publish. Without take_back everything stays correct and
///           is copied more.
/// Threads:  `apply`, `take_turn` and `root` from one thread, the writer's. `write_snapshot` from
///           one other thread at a time; all else from any.
/// Lifetime: roots may outlive the rollup. Stop the queries, then `stop`, then destroy.
class Rollup {
 public:
  /// Loads the snapshot; without a good one it begins empty at position 0, and
  /// `snapshot_refused` tells why.
  static base::Result<std::unique_ptr<Rollup>> open(files::Files& files, RollupOptions options);
  ~Rollup();

  /// The position of the snapshot that lies in `folder`, where it can be read and is of this
  /// ledger: so many events there were. Nothing else is looked at.
  static std::optional<event::Sequence> position_on_disk(files::Files& files,
                                                         const std::filesystem::path& folder,
                                                         std::uint64_t ledger_id);

  /// Everything below is in; the ledger is to be replayed from here.
  [[nodiscard]] event::Sequence position() const;
  /// Why the snapshot that was there was not used; empty where it was, or where there was none.
  [[nodiscard]] const std::string& snapshot_refused() const;

  /// Takes a piece of one project, in order of sequence. Rows below `position` are skipped, so
  /// that a replay may begin anywhere. Of each row sequence, occurred_at, user_id and event_type
  /// are read.
  /// Cost: 0.25 µs a row or less with one zone; each further zone adds about a third.
  void apply(const event::ProjectRows& piece);

  /// For a ledger that cannot be read again from `position()` on: everything is forgotten, nothing
  /// is answered, and no snapshot is written over the one that there is. Rows go on at `position`.
  void give_up(event::Sequence position);

  /// Whether a zone's building waits for the writer: take the published state back, `take_turn`,
  /// publish anew. The commit loop looks after each group, and when `wake_writer` was called.
  [[nodiscard]] bool wants_turn() const;
  void take_turn();

  /// What engines answer from; of this rollup only. Cheap.
  [[nodiscard]] std::shared_ptr<const query::ViewRoot> root();

  /// From here on zones other than UTC are built when they are asked for; at most once.
  void start_zones(ZoneHooks hooks);
  /// Ends the building of zones and waits for it.
  void stop();

  /// Prepares for questions over many days what can be: unions of days that have not changed since
  /// the last call. Callers leave a second or so in between. From any thread.
  void make_unions(const query::ViewRoot& root);

  /// Writes what has changed since the last snapshot. Returns when it is on the disk; after a
  /// failure the snapshot before is still whole, and the next call tries again.
  base::Status write_snapshot(const query::ViewRoot& root);
  /// The position of the snapshot on disk; 0 where there is none.
  [[nodiscard]] event::Sequence snapshot_position() const;

  [[nodiscard]] RollupFigures figures() const;

 private:
  friend class RollupEngine;
  class State;
  explicit Rollup(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tidemark::views::rollup
