#include "views/columnar/replay.hpp"

#include <algorithm>

namespace tidemark::views::columnar {
namespace {

base::Status replay_tail(const ledger::Tail& tail, event::Sequence from, event::Sequence to,
                         const query::RowVisitor& visit) {
  for (const auto& block : *tail.blocks) {
    const auto rows = block->rows(std::min(tail.end, to));
    const auto skipped = from > block->first() ? from - block->first() : 0;
    if (skipped >= rows.size()) continue;
    if (auto visited = visit(block->project(), rows.subspan(skipped)); !visited) return visited;
  }
  return base::ok;
}

}  // namespace

query::Replay make_replay(const archive::SegmentReader& reader, archive::Columns columns) {
  return [&reader, columns](const query::Visible& visible, event::Sequence from, event::Sequence to,
                            const query::RowVisitor& visit) -> base::Status {
    const auto archived = std::min(to, visible.manifest->end());
    if (from < archived) {
      auto scanned = reader.scan(*visible.manifest, from, archived, columns, visit);
      if (!scanned) return scanned;
    }
    return replay_tail(visible.tail, std::max(from, archived), to, visit);
  };
}

}  // namespace tidemark::views::columnar
