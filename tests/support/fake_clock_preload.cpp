// Loaded into a process before its libraries: its wall clock is ahead by the seconds that stand in
// a file. Clocks of elapsed time are left alone, as they are where a machine's clock is set.
//
// libfaketime does the same for most programs; Redis' allocator asks for the time before it has
// come to itself, and hangs.

#include <cstdint>
#include <cstdlib>
#include <ctime>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

namespace {

constexpr std::int64_t kNothing = 0;

/// Looked for at the first question, which may come before any constructor has run, so that nothing
/// is used that allocates.
const volatile std::int64_t* offset_in_file() {
  const char* path = std::getenv("TIDEMARK_FAKE_CLOCK");
  const int file = path == nullptr ? -1 : ::open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return &kNothing;
  void* page = ::mmap(nullptr, sizeof(std::int64_t), PROT_READ, MAP_SHARED, file, 0);
  ::close(file);
  return page == MAP_FAILED ? &kNothing : static_cast<const volatile std::int64_t*>(page);
}

std::int64_t offset() {
  static const volatile std::int64_t* place = nullptr;
  if (place == nullptr) place = offset_in_file();
  return *place;
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* time) noexcept {
  const auto done = static_cast<int>(::syscall(SYS_clock_gettime, clock, time));
  if (done == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
    time->tv_sec += offset();
  }
  return done;
}

int gettimeofday(timeval* time, void* /*zone*/) noexcept {
  timespec now{};
  const int done = clock_gettime(CLOCK_REALTIME, &now);
  time->tv_sec = now.tv_sec;
  time->tv_usec = now.tv_nsec / 1'000;
  return done;
}

std::time_t time(std::time_t* result) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (result != nullptr) *result = now.tv_sec;
  return now.tv_sec;
}

}  // extern "C"
