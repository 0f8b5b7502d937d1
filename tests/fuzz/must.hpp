#pragma once

/// What a fuzz target asserts, in every build.

#include <cstdio>
#include <cstdlib>

/// NOLINTNEXTLINE(cppcoreguidelines-macro-usage): names the line that failed.
#define MUST(condition)                                                                  \
  do {                                                                                   \
    if (!(condition)) {                                                                  \
      std::fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                      \
    }                                                                                    \
  } while (false)
