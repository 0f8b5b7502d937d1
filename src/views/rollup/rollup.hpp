#pragma once

/// Sets in memory of who did what on which day: the view that answers at once.
///
/// A user's ordinal is the rank of the user's first event by sequence, so every rebuild gives the
/// same ordinal. Each local day of a zone has the number of events and the set of users, of all
/// events and of each type. Everything lies in reference-counted nodes: the writer changes a node
/// in place if it is the only holder, and first copies a node that a published root still shows.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "event/event.hpp"
#include "event/stored_rows.hpp"
#include "files/files.hpp"
#include "query/view.hpp"
#include "query/visible.hpp"

namespace tidemark::views::rollup {

struct RollupOptions {
  /// The folder of the snapshots, which has nothing else in it. It may be deleted at any time.
  /// Empty: there are no snapshots.
  std::filesystem::path folder;
  /// The ledger of this view: a snapshot of another ledger is not read.
  std::uint64_t ledger_id = 0;
  /// The end of the ledger: a snapshot beyond it is not read.
  event::Sequence ledger_end = event::kNoSequence;
  /// Above it the rarest types lose their sets, then zones do, then the view answers nothing.
  std::size_t memory_bytes_max = std::size_t{4} << 30;
  /// Above it a project's rarest types lose their sets, however much memory is free. 0: no bound of
  /// its own.
  std::size_t project_bytes_max = 0;
  std::size_t zones_max = 8;  ///< kept besides UTC, by last use
  /// How long a question that names this engine waits for a zone's sets.
  std::chrono::milliseconds zone_patience{10'000};
  /// From twice this many events on, the building of a zone reads on two threads: 5 million take
  /// 2 s.
  event::Sequence events_of_a_share_min = 5'000'000;
  std::uint64_t hash_seed = 0;  ///< secret, so that nobody can choose ids that collide
};

/// The memory of the sets of a project's users.
struct ProjectBytes {
  event::ProjectId project = event::ProjectId::Default;
  std::size_t bytes = 0;
};

struct RollupFigures {
  std::uint64_t users = 0;
  std::uint64_t types = 0;
  std::uint64_t types_without_sets = 0;  ///< dropped because memory was short
  std::uint64_t zones = 0;               ///< besides UTC
};

/// Errors:   Corrupt if a segment that is read back has a user or type that was never committed.
/// Cost:     `apply`: 0.25 µs a row or less with one zone; each further zone adds about a third.
class Rollup final : public query::View {
 public:
  /// Loads the snapshot. Without a usable snapshot the view begins empty at position 0, and
  /// `snapshot_refused` tells why.
  static base::Result<std::unique_ptr<Rollup>> open(files::Files& files, RollupOptions options);
  ~Rollup() override;

  /// The position of the snapshot in `folder`, if the snapshot is readable and belongs to this
  /// ledger: at least so many events existed. Nothing else is read.
  static std::optional<event::Sequence> position_on_disk(files::Files& files,
                                                         const std::filesystem::path& folder,
                                                         std::uint64_t ledger_id);
  /// Why the existing snapshot was not used; empty if it was used, or if there was none.
  [[nodiscard]] const std::string& snapshot_refused() const;

  [[nodiscard]] std::string_view name() const override { return "rollup"; }
  [[nodiscard]] archive::Columns columns() const override { return archive::Columns::Views; }
  [[nodiscard]] event::Sequence position() const override;
  void apply(const event::ProjectRows& piece) override;
  void give_up(event::Sequence position) override;
  /// Whether the building of a zone's sets needs a turn.
  [[nodiscard]] bool wants_turn() const override;
  void take_turn() override;
  [[nodiscard]] std::shared_ptr<const query::ViewRoot> root() override;

  /// From here on zones other than UTC are built on demand.
  void start(query::ViewHooks hooks) override;
  void stop() override;
  /// Prepares for questions over many days: makes unions of the days that have not changed since
  /// the last call. Weighs the projects every 10 s.
  void tend(const query::ViewRoot& root) override;

  base::Status write_snapshot(const query::ViewRoot& root) override;
  [[nodiscard]] event::Sequence snapshot_position() const override;

  [[nodiscard]] query::ViewFigures figures() const override;
  [[nodiscard]] RollupFigures counts() const;
  /// The at most kProjectsTold projects whose sets take most, largest first; some seconds old.
  [[nodiscard]] std::vector<ProjectBytes> largest_projects() const;
  static constexpr std::size_t kProjectsTold = 20;

 private:
  friend class RollupEngine;
  class State;
  explicit Rollup(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tidemark::views::rollup
