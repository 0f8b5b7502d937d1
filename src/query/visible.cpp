#include "query/visible.hpp"

#include "base/check.hpp"

namespace tidemark::query {

const ViewRoot& Visible::root_of(const View& view) const {
  for (const auto& shown : views) {
    if (shown.view == &view) return *shown.root;
  }
  TIDEMARK_CHECK(false && "a state is asked for a view that it does not show");
  return *views.front().root;
}

}  // namespace tidemark::query
