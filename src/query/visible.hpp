#pragma once

/// The state that one question is answered from: everything below one position and nothing above.

#include <memory>
#include <string>
#include <vector>

#include "archive/manifest.hpp"
#include "event/event.hpp"
#include "ledger/tail.hpp"

namespace tidemark::query {

class View;

/// What a view publishes, readable by its own engine only.
class ViewRoot {
 public:
  virtual ~ViewRoot() = default;
};

/// One per view; there are few.
struct ShownView {
  const View* view = nullptr;
  std::shared_ptr<const ViewRoot> root;
};
using ViewRoots = std::vector<ShownView>;

/// Immutable. The commit thread publishes one after each group, and a question holds it while it
/// runs: the files and the memory that it names stay until the last holder releases it.
///
/// The archive covers [0, tail.begin), the tail [tail.begin, position). For a while the tail may
/// begin below the end of the manifest: readers take the archive up to the manifest's end, and the
/// tail from there on.
struct Visible {
  event::Sequence position = 0;  ///< every event below is visible
  ViewRoots views;
  ledger::Tail tail;
  std::shared_ptr<const archive::Manifest> manifest;  ///< never null
  /// Names the counting of positions: one position in two epochs may be two states. Empty if the
  /// ledger has only one.
  std::string epoch = {};

  /// What `view` shows in this state; `view` must be one of `views`.
  [[nodiscard]] const ViewRoot& root_of(const View& view) const;
};

using VisiblePtr = std::shared_ptr<const Visible>;

}  // namespace tidemark::query
