#pragma once

/// The state that one question is answered from: everything below one position, and nothing above.

#include <memory>
#include <string>
#include <vector>

#include "archive/manifest.hpp"
#include "event/event.hpp"
#include "ledger/tail.hpp"

namespace tidemark::query {

class View;

/// What a view shows of itself to its own engine and to nobody else.
class ViewRoot {
 public:
  virtual ~ViewRoot() = default;
};

/// One a view; there are few.
struct ShownView {
  const View* view = nullptr;
  std::shared_ptr<const ViewRoot> root;
};
using ViewRoots = std::vector<ShownView>;

/// Immutable. Published by the commit thread after each group, held by a question while it runs:
/// files and memory that it names stay until the last holder lets go.
///
/// The archive covers [0, tail.begin), the tail [tail.begin, position). The tail may reach back
/// below the end of the manifest for a while: readers take the archive up to the manifest's end,
/// and the tail from there on.
struct Visible {
  event::Sequence position = 0;  ///< every event below is visible
  ViewRoots views;
  ledger::Tail tail;
  std::shared_ptr<const archive::Manifest> manifest;  ///< never null
  /// Which counting of positions: one position of two epochs may be two states. Empty where the
  /// ledger has but one.
  std::string epoch = {};

  /// What `view` shows here; it is one of those that are shown.
  [[nodiscard]] const ViewRoot& root_of(const View& view) const;
};

using VisiblePtr = std::shared_ptr<const Visible>;

}  // namespace tidemark::query
