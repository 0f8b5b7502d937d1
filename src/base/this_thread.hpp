#pragma once

/// The thread that calls: its name, and how the system shares the processors between it and others.

namespace tidemark::base {

/// Names the thread, as `top -H`, `perf` and a debugger show it; at most 15 bytes are shown, the
/// rest is cut by the system.
void name_this_thread(const char* name) noexcept;

/// Leaves the processors to threads of a lower niceness; the threads that it starts inherit it.
/// False where the system does not let it: then nothing has changed. It cannot be taken back.
bool be_nice(int niceness) noexcept;

/// For a thread whose work takes well below a millisecond and for which somebody waits: it asks for
/// so short turns that the system runs it as soon as it wakes, in place of a thread that is in the
/// middle of a longer turn. It gets no more time than before.
///
/// Only Linux from 6.12 on heeds it, without privileges; elsewhere nothing changes.
/// Source: the kernel's Documentation/scheduler/sched-eevdf.rst, "latency-sensitive tasks".
void take_short_turns() noexcept;

}  // namespace tidemark::base
