#include "store/catch_up.hpp"

#include <algorithm>
#include <cassert>
#include <string>

#include "telemetry/log.hpp"

namespace tidemark::store {

base::Result<event::Sequence> catch_up(query::View& view, const archive::SegmentReader& archive,
                                       const archive::Manifest& manifest,
                                       const ledger::Tail& tail) {
  const auto from = view.position();
  assert(tail.blocks != nullptr);
  if (from < manifest.end()) {
    const auto read = archive.scan(manifest, from, manifest.end(), view.columns(),
                                   [&](const event::ProjectRows& piece) {
                                     view.apply(piece);
                                     return base::Status(base::ok);
                                   });
    if (!read && read.error().code() != base::ErrorCode::Corrupt) return read.error();
    if (!read) {
      telemetry::error("a view cannot answer until the service is started again with a good file",
                       {{"view", view.name()}, {"reason", read.error().message()}});
      view.give_up(manifest.end());
    }
  }
  tail.for_each_piece(view.position(), tail.end,
                      [&](const event::ProjectRows& piece) { view.apply(piece); });
  return std::max(tail.end, from) - from;
}

}  // namespace tidemark::store
