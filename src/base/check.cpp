#include "base/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace tidemark::base {

void bug(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "BUG: %s does not hold at %s:%d\n", condition, file, line);
  std::abort();
}

}  // namespace tidemark::base
