#include "base/this_thread.hpp"

#include <cstdint>

#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace tidemark::base {
namespace {

/// The least that the system takes (kernel/sched/syscalls.c clamps to 0.1 to 100 ms).
constexpr std::uint64_t kShortTurnNanoseconds = 100'000;

/// `struct sched_attr` of the kernel's interface; its header collides with the C library's.
struct SchedulingAttributes {
  std::uint32_t size = sizeof(SchedulingAttributes);
  std::uint32_t policy = 0;  // SCHED_OTHER
  std::uint64_t flags = 0;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime = 0;
  std::uint64_t deadline = 0;
  std::uint64_t period = 0;
};

pid_t this_thread() noexcept { return static_cast<pid_t>(syscall(SYS_gettid)); }

}  // namespace

void name_this_thread(const char* name) noexcept { prctl(PR_SET_NAME, name); }

bool be_nice(int niceness) noexcept {
  return setpriority(PRIO_PROCESS, static_cast<id_t>(this_thread()), niceness) == 0;
}

void take_short_turns() noexcept {
  if (sched_getscheduler(0) != SCHED_OTHER) return;  // another policy was chosen on purpose
  SchedulingAttributes wanted;
  wanted.nice = getpriority(PRIO_PROCESS, static_cast<id_t>(this_thread()));
  wanted.runtime = kShortTurnNanoseconds;
  syscall(SYS_sched_setattr, 0, &wanted, 0U);
}

}  // namespace tidemark::base
