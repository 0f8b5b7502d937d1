#pragma once

/// Stops the program on a bug of its own. Never for anything that a client can send.

namespace tidemark::base {

/// Prints "BUG: …" with the place to standard error and aborts.
[[noreturn]] void bug(const char* condition, const char* file, int line);

}  // namespace tidemark::base

/// Checked in every build; use `assert` if the check would cost too much in a release.
#define TIDEMARK_CHECK(condition) \
  ((condition) ? void(0) : ::tidemark::base::bug(#condition, __FILE__, __LINE__))
