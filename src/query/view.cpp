#include "query/view.hpp"

#include <algorithm>
#include <string>

#include "base/check.hpp"

namespace tidemark::query {

bool Views::wants_turn() const { return std::ranges::any_of(views_, &View::wants_turn); }

void Views::take_turns() {
  for (View* view : views_) {
    if (view->wants_turn()) view->take_turn();
  }
}

ViewRoots Views::roots() {
  ViewRoots roots;
  roots.reserve(views_.size());
  for (View* view : views_) {
    roots.push_back({view, view->root()});
    TIDEMARK_CHECK(roots.back().root != nullptr);
  }
  return roots;
}

void Views::tend(const Visible& visible) {
  for (View* view : views_) view->tend(visible.root_of(*view));
}

void Views::start(const std::function<ViewHooks(const View&)>& hooks_of) {
  for (View* view : views_) view->start(hooks_of(*view));
}

void Views::stop() {
  for (View* view : views_) view->stop();
}

bool Views::snapshot_is_due(event::Sequence position, std::uint64_t events_min) const {
  return std::ranges::any_of(
      views_, [&](const View* view) { return position >= view->snapshot_position() + events_min; });
}

base::Result<std::size_t> Views::write_snapshots(const Visible& visible, std::uint64_t events_min) {
  std::size_t written = 0;
  for (View* view : views_) {
    if (visible.position < view->snapshot_position() + events_min) continue;
    const auto done = view->write_snapshot(visible.root_of(*view));
    if (!done)
      return done.error().while_doing("writing a snapshot of " + std::string(view->name()));
    ++written;
  }
  return written;
}

}  // namespace tidemark::query
