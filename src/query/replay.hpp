#pragma once

/// Reading what was committed again, in commit order, for views that are behind or made anew.

#include <functional>

#include "base/result.hpp"
#include "event/stored_rows.hpp"
#include "query/visible.hpp"

namespace tidemark::query {

/// Visits the events [from, to) of `visible`, archive first, then tail. Blocks; memory is bounded
/// by one piece. `id` and `properties` of the rows are empty (views of users, types and times do
/// not pay for them), `id_hash` is zero.
using Replay = std::function<base::Status(const Visible& visible, event::Sequence from,
                                          event::Sequence to, const event::RowVisitor& visit)>;

}  // namespace tidemark::query
