#pragma once

/// Names of threads, as `top -H`, `perf` and a debugger show them.

namespace tidemark::base {

/// Names the thread that calls; at most 15 bytes are shown, the rest is cut by the system.
void name_this_thread(const char* name) noexcept;

}  // namespace tidemark::base
