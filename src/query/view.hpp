#pragma once

/// What is made from the ledger and can be made again, so that questions are answered fast: what
/// the writer, the archiver and the start need to know of each.

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

/// What a view needs to build something beside the writer, while events arrive.
struct ViewHooks {
  Replay replay;
  /// The first published state at or above a position, or null: Publication::wait_for.
  std::function<VisiblePtr(event::Sequence, std::chrono::milliseconds)> visible_at;
  /// Asks the writer for a `take_turn` soon. From any thread; does not block.
  std::function<void()> wake_writer;
};

struct ViewFigures {
  std::uint64_t memory_bytes = 0;
  bool given_up = false;  ///< memory was too short, or `give_up` was called; nothing is answered
};

/// Promise:  after `apply`, a root answers for exactly the events below the view's position. Memory
///           that runs short costs answers (CannotAnswer), never events and never exactness.
/// Order:    a writer's round is: Publication::take_back, `apply` for each piece of the group (or
///           `take_turn` alone), `root`, publish. Without take_back everything stays correct and
///           may be copied more.
/// Threads:  `apply`, `give_up`, `take_turn` and `root` from one thread, the writer's.
///           `write_snapshot` from one other thread at a time; all else from any.
/// Lifetime: roots may outlive the view. Stop the questions, then `stop`, then destroy.
class View {
 public:
  virtual ~View() = default;

  /// As logs and metrics tell it: "rollup".
  [[nodiscard]] virtual std::string_view name() const = 0;
  /// The fields of rows that `apply` reads.
  [[nodiscard]] virtual archive::Columns columns() const = 0;

  /// Everything below is in; the ledger is to be replayed from here.
  [[nodiscard]] virtual event::Sequence position() const = 0;
  /// Takes a piece of one project, in order of sequence. Rows below `position` are skipped, so that
  /// a replay may begin anywhere.
  virtual void apply(const event::ProjectRows& piece) = 0;
  /// For a ledger that cannot be read again from `position()` on: everything is forgotten, nothing
  /// is answered, and no snapshot is written over the one that there is. Rows go on at `position`.
  virtual void give_up(event::Sequence position) = 0;

  /// Whether what is built beside the writer waits for it: take the published state back,
  /// `take_turn`, publish anew. Looked at after each group, and when `wake_writer` was called.
  [[nodiscard]] virtual bool wants_turn() const = 0;
  virtual void take_turn() = 0;

  /// What the view's own engine answers from. Cheap.
  [[nodiscard]] virtual std::shared_ptr<const ViewRoot> root() = 0;

  /// From here on what is asked for may be built in the background; at most once.
  virtual void start(ViewHooks hooks) = 0;
  /// Ends what `start` began, and waits for it.
  virtual void stop() = 0;
  /// Prepares in the background what makes questions faster; callers leave a second or so in
  /// between.
  virtual void tend(const ViewRoot& root) = 0;

  /// Writes what has changed since the last snapshot. Returns when it is on the disk; after a
  /// failure the snapshot before is still whole, and the next call tries again.
  virtual base::Status write_snapshot(const ViewRoot& root) = 0;
  /// The position of the snapshot on disk; 0 where there is none.
  [[nodiscard]] virtual event::Sequence snapshot_position() const = 0;

  [[nodiscard]] virtual ViewFigures figures() const = 0;
};

/// All views of a ledger, as one.
///
/// Threads:  as those of View.
/// Lifetime: the views must outlive it.
class Views {
 public:
  explicit Views(std::vector<View*> views) : views_(std::move(views)) {}

  [[nodiscard]] const std::vector<View*>& all() const { return views_; }

  void apply(const event::ProjectRows& piece) {
    for (View* view : views_) view->apply(piece);
  }
  [[nodiscard]] bool wants_turn() const;
  /// Of those that want one.
  void take_turns();
  [[nodiscard]] ViewRoots roots();
  void tend(const Visible& visible);
  void start(const std::function<ViewHooks(const View&)>& hooks_of);
  void stop();

  /// Whether the snapshot of a view is at least so many events behind `position`.
  [[nodiscard]] bool snapshot_is_due(event::Sequence position, std::uint64_t events_min) const;
  /// Writes those; how many. An error says which view's it is.
  base::Result<std::size_t> write_snapshots(const Visible& visible, std::uint64_t events_min);

 private:
  std::vector<View*> views_;
};

}  // namespace tidemark::query
