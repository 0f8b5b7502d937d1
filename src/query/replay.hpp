#pragma once

/// Reading what was committed again, in commit order, for views that are behind or made anew.

#include <functional>
#include <span>

#include "base/result.hpp"
#include "query/visible.hpp"

namespace tidemark::query {

/// Takes a contiguous piece of one project; an error stops the reading and is passed on.
using RowVisitor =
    std::function<base::Status(event::ProjectId project, std::span<const event::StoredRow> rows)>;

/// Visits the events [from, to) of `visible`, archive first, then tail. Blocks; memory is bounded
/// by one piece. `id` and `properties` of the rows are empty (views of users, types and times do
/// not pay for them), `id_hash` is zero.
using Replay = std::function<base::Status(const Visible& visible, event::Sequence from,
                                          event::Sequence to, const RowVisitor& visit)>;

}  // namespace tidemark::query
