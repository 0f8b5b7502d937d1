#pragma once

/// The calling thread: its name, and how the system shares the processors between it and others.

namespace tidemark::base {

/// Names the thread, as `top -H`, `perf` and a debugger show it; the system cuts the name after 15
/// bytes.
void name_this_thread(const char* name) noexcept;

/// Leaves the processors to threads of a lower niceness; threads that the calling thread starts
/// inherit it. False if the system refuses: then nothing has changed. It cannot be undone.
bool be_nice(int niceness) noexcept;

/// For a thread whose work takes well below a millisecond and is urgent: it asks for such short
/// turns that the system runs it as soon as it wakes, instead of a thread in the middle of a longer
/// turn. It gets no more time than before.
///
/// Only Linux from 6.12 on obeys it, without privileges; elsewhere nothing changes.
/// Source: the kernel's Documentation/scheduler/sched-eevdf.rst, "latency-sensitive tasks".
void take_short_turns() noexcept;

}  // namespace tidemark::base
