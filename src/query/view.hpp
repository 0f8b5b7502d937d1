#pragma once

/// A view is made from the ledger, can be made again, and lets engines answer fast. This is what
/// the writer, the archiver and the start need to know of each view.

#include <algorithm>
#include <cassert>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "archive/columns.hpp"
#include "base/result.hpp"
#include "event/event.hpp"
#include "event/stored_rows.hpp"
#include "query/event_reading.hpp"
#include "query/visible.hpp"

namespace tidemark::query {

/// What a view needs to build sets in the background while events arrive.
struct ViewHooks {
  Replay replay;
  /// The first published state at or above a position, or null: Publication::wait_for.
  std::function<VisiblePtr(event::Sequence, std::chrono::milliseconds)> visible_at;
  /// Asks the writer for a `take_turn` soon. Any thread may call it; it does not block.
  std::function<void()> wake_writer;
};

struct ViewFigures {
  std::uint64_t memory_bytes = 0;
  bool given_up = false;  ///< memory was too short, or `give_up` was called; no answers
};

/// Promise:  after `apply`, a root answers for exactly the events below the view's position. A lack
///           of memory costs answers (CannotAnswer), but never events and never exactness.
/// Order:    in each round the writer calls Publication::take_back, `apply` for each piece of the
///           group (or `take_turn` alone), `root`, publish. Without take_back everything stays
///           correct, but more may be copied.
/// Threads:  `apply`, `give_up`, `take_turn` and `root` from one thread, the writer's.
///           `write_snapshot` from one other thread at a time; all else from any.
/// Lifetime: roots may outlive the view. Stop the questions, then call `stop`, then destroy.
class View {
 public:
  virtual ~View() = default;

  /// As logs and metrics show it: "rollup".
  [[nodiscard]] virtual std::string_view name() const = 0;
  /// The fields of rows that `apply` reads.
  [[nodiscard]] virtual archive::Columns columns() const = 0;

  /// The view has everything below this; the ledger must be replayed from here.
  [[nodiscard]] virtual event::Sequence position() const = 0;
  /// Takes a piece of one project, in order of sequence. Rows below `position` are skipped, so a
  /// replay may begin anywhere.
  virtual void apply(const event::ProjectRows& piece) = 0;
  /// For a ledger that cannot be read again from `position()` on: the view forgets everything,
  /// answers nothing, and writes no snapshot over the existing one. Rows go on at `position`.
  virtual void give_up(event::Sequence position) = 0;

  /// Whether the background work waits for the writer, which must then take the published state
  /// back, call `take_turn` and publish anew. The writer checks this after each group and after
  /// `wake_writer`.
  [[nodiscard]] virtual bool wants_turn() const = 0;
  virtual void take_turn() = 0;

  /// What the view's own engine answers from. Cheap.
  [[nodiscard]] virtual std::shared_ptr<const ViewRoot> root() = 0;

  /// From now on the view may build in the background what questions ask for; call at most once.
  virtual void start(ViewHooks hooks) = 0;
  /// Ends what `start` began, and waits for its end.
  virtual void stop() = 0;
  /// Prepares in the background what makes questions faster; callers wait a second or so between
  /// calls.
  virtual void tend(const ViewRoot& root) = 0;

  /// Writes what has changed since the last snapshot. Returns when that is on the disk. After a
  /// failure the previous snapshot is still whole, and the next call tries again.
  virtual base::Status write_snapshot(const ViewRoot& root) = 0;
  /// The position of the snapshot on disk; 0 if there is none.
  [[nodiscard]] virtual event::Sequence snapshot_position() const = 0;

  [[nodiscard]] virtual ViewFigures figures() const = 0;
};

/// All views of a ledger, as one.
///
/// Threads:  as those of View.
/// Lifetime: the views must outlive it.
class Views {
 public:
  explicit Views(std::vector<View*> views) : views_(std::move(views)) {
    assert(std::ranges::find(views_, nullptr) == views_.end());
  }

  [[nodiscard]] const std::vector<View*>& all() const { return views_; }

  void apply(const event::ProjectRows& piece) {
    for (View* view : views_) view->apply(piece);
  }
  [[nodiscard]] bool wants_turn() const;
  /// Calls `take_turn` of the views that want one.
  void take_turns();
  [[nodiscard]] ViewRoots roots();
  void tend(const Visible& visible);
  void start(const std::function<ViewHooks(const View&)>& hooks_of);
  void stop();

  /// Whether the snapshot of a view is at least `events_min` events behind `position`.
  [[nodiscard]] bool snapshot_is_due(event::Sequence position, std::uint64_t events_min) const;
  /// Writes the snapshots that are due and returns their number. An error names its view.
  base::Result<std::size_t> write_snapshots(const Visible& visible, std::uint64_t events_min);

 private:
  std::vector<View*> views_;
};

}  // namespace tidemark::query
