#pragma once

/// Who did what on which day, as sets of users in memory: the view that answers at once.
///
/// A user's ordinal is the rank of the user's first event by sequence, so it is the same after
/// every rebuild. For each local day of a zone there are the number of events and the set of users,
/// of all events and of each type. All of it lies in reference-counted nodes: what the writer alone
/// holds is changed in place, what a published root still shows is copied first, node by node.

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
  /// A zone's building reads twice as many events on two threads: 5 million take 2 s.
  event::Sequence events_of_a_share_min = 5'000'000;
  std::uint64_t hash_seed = 0;  ///< secret, so that nobody can choose ids that collide
};

/// What the sets of a project's users take.
struct ProjectBytes {
  event::ProjectId project;
  std::size_t bytes = 0;
};

struct RollupFigures {
  std::uint64_t users = 0;
  std::uint64_t types = 0;
  std::uint64_t types_without_sets = 0;  ///< dropped, for memory was short
  std::uint64_t zones = 0;               ///< besides UTC
};

/// Errors:   a segment that reads back with a user or type that was never committed is Corrupt.
/// Cost:     `apply`: 0.25 µs a row or less with one zone; each further zone adds about a third.
class Rollup final : public query::View {
 public:
  /// Loads the snapshot; without a good one it begins empty at position 0, and
  /// `snapshot_refused` tells why.
  static base::Result<std::unique_ptr<Rollup>> open(files::Files& files, RollupOptions options);
  ~Rollup() override;

  /// The position of the snapshot that lies in `folder`, where it can be read and is of this
  /// ledger: so many events there were. Nothing else is looked at.
  static std::optional<event::Sequence> position_on_disk(files::Files& files,
                                                         const std::filesystem::path& folder,
                                                         std::uint64_t ledger_id);
  /// Why the snapshot that was there was not used; empty where it was, or where there was none.
  [[nodiscard]] const std::string& snapshot_refused() const;

  [[nodiscard]] std::string_view name() const override { return "rollup"; }
  [[nodiscard]] archive::Columns columns() const override { return archive::Columns::Views; }
  [[nodiscard]] event::Sequence position() const override;
  void apply(const event::ProjectRows& piece) override;
  void give_up(event::Sequence position) override;
  /// The building of a zone's sets.
  [[nodiscard]] bool wants_turn() const override;
  void take_turn() override;
  [[nodiscard]] std::shared_ptr<const query::ViewRoot> root() override;

  /// From here on zones other than UTC are built when they are asked for.
  void start(query::ViewHooks hooks) override;
  void stop() override;
  /// Makes for questions over many days what can be made ahead: unions of days that have not
  /// changed since the last call. Weighs the projects every 10 s.
  void tend(const query::ViewRoot& root) override;

  base::Status write_snapshot(const query::ViewRoot& root) override;
  [[nodiscard]] event::Sequence snapshot_position() const override;

  [[nodiscard]] query::ViewFigures figures() const override;
  [[nodiscard]] RollupFigures counts() const;
  /// The projects whose sets take most, the largest first, at most kProjectsTold; some seconds old.
  [[nodiscard]] std::vector<ProjectBytes> largest_projects() const;
  static constexpr std::size_t kProjectsTold = 20;

 private:
  friend class RollupEngine;
  class State;
  explicit Rollup(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tidemark::views::rollup
