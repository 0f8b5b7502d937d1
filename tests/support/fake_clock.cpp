#include "support/fake_clock.hpp"

#include <cstdlib>
#include <fstream>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace tidemark::testing_support {

FakeClock::FakeClock(const std::filesystem::path& file) : file_(file) {
  std::ofstream(file_, std::ios::binary) << std::string(sizeof *ahead_, '\0');
  const int opened = ::open(file_.c_str(), O_RDWR | O_CLOEXEC);
  void* page = ::mmap(nullptr, sizeof *ahead_, PROT_READ | PROT_WRITE, MAP_SHARED, opened, 0);
  ::close(opened);
  if (page == MAP_FAILED) std::abort();
  ahead_ = static_cast<volatile std::int64_t*>(page);
}

FakeClock::~FakeClock() { ::munmap(const_cast<std::int64_t*>(ahead_), sizeof *ahead_); }

void FakeClock::set_ahead(std::int64_t seconds) { *ahead_ = seconds; }

void FakeClock::show_to(const std::function<void()>& start) const {
  setenv("LD_PRELOAD", TIDEMARK_FAKE_CLOCK_PRELOAD, 1);
  setenv("TIDEMARK_FAKE_CLOCK", file_.c_str(), 1);
  start();
  unsetenv("LD_PRELOAD");
  unsetenv("TIDEMARK_FAKE_CLOCK");
}

}  // namespace tidemark::testing_support
