#pragma once

/// Reads committed events again in commit order: for views that are behind or are made anew, and
/// for streams that hand events out.

#include <functional>

#include "base/result.hpp"
#include "event/stored_rows.hpp"
#include "query/visible.hpp"

namespace tidemark::query {

/// Visits the events [from, to) of `visible`, archive first, then tail. Blocks; memory is bounded
/// by one piece. In rows from the archive `id_hash` is zero.
using ReadEvents = std::function<base::Status(const Visible& visible, event::Sequence from,
                                              event::Sequence to, const event::RowVisitor& visit)>;

/// For a view: only the fields of the rows that the view's `columns` names are valid.
struct Replay {
  ReadEvents read;
};

/// Every field of the rows is valid.
struct EventScan {
  ReadEvents read;
};

}  // namespace tidemark::query
