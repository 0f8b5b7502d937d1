#include "views/columnar/event_reading.hpp"

#include <algorithm>

namespace tidemark::views::columnar {
namespace {

base::Status replay_tail(const ledger::Tail& tail, event::Sequence from, event::Sequence to,
                         const event::RowVisitor& visit) {
  base::Status visited = base::ok;
  tail.for_each_piece(from, to, [&](const event::ProjectRows& piece) {
    if (visited) visited = visit(piece);
  });
  return visited;
}

query::ReadEvents reading(const archive::SegmentReader& reader, archive::Columns columns) {
  return [&reader, columns](const query::Visible& visible, event::Sequence from, event::Sequence to,
                            const event::RowVisitor& visit) -> base::Status {
    const auto archived = std::min(to, visible.manifest->end());
    if (from < archived) {
      auto scanned = reader.scan(*visible.manifest, from, archived, columns, visit);
      if (!scanned) return scanned;
    }
    return replay_tail(visible.tail, std::max(from, archived), to, visit);
  };
}

}  // namespace

query::Replay make_replay(const archive::SegmentReader& reader, archive::Columns columns) {
  return {reading(reader, columns)};
}

query::EventScan make_scan(const archive::SegmentReader& reader) {
  return {reading(reader, archive::Columns::All)};
}

}  // namespace tidemark::views::columnar
