#pragma once

/// Reading what was committed again, in commit order: for views that are behind or made anew, and
/// for who hands events out.

#include <functional>

#include "base/result.hpp"
#include "event/stored_rows.hpp"
#include "query/visible.hpp"

namespace tidemark::query {

/// Visits the events [from, to) of `visible`, archive first, then tail. Blocks; memory is bounded
/// by one piece. `id_hash` of the rows is zero where they come from the archive.
using ReadEvents = std::function<base::Status(const Visible& visible, event::Sequence from,
                                              event::Sequence to, const event::RowVisitor& visit)>;

/// For a view: of the rows only what its `columns` names is to be relied on.
struct Replay {
  ReadEvents read;
};

/// With every field of the rows.
struct EventScan {
  ReadEvents read;
};

}  // namespace tidemark::query
