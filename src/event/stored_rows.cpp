#include "event/stored_rows.hpp"

#include <cassert>

namespace tidemark::event {

std::vector<ProjectRows> StoredRows::pieces() const {
  std::vector<ProjectRows> pieces;
  pieces.reserve(runs_.size());
  for (std::size_t run = 0; run < runs_.size(); ++run) {
    const auto [project, begin] = runs_[run];
    const auto end = run + 1 < runs_.size() ? runs_[run + 1].begin : rows_.size();
    assert(begin < end);
    pieces.push_back({project, rows().subspan(begin, end - begin)});
  }
  return pieces;
}

}  // namespace tidemark::event
