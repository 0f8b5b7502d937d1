#pragma once

/// A wall clock that a test sets, for processes that it starts.

#include <cstdint>
#include <filesystem>
#include <functional>

namespace tidemark::testing_support {

/// Threads: one at a time; not while others start processes.
class FakeClock {
 public:
  /// `file`: what does not exist yet; the processes look into it.
  explicit FakeClock(const std::filesystem::path& file);
  ~FakeClock();
  FakeClock(const FakeClock&) = delete;
  FakeClock& operator=(const FakeClock&) = delete;

  /// From now on it is ahead of the real one by so many seconds.
  void set_ahead(std::int64_t seconds);
  /// Processes that `start` starts look at this clock.
  void show_to(const std::function<void()>& start) const;

 private:
  const std::filesystem::path file_;
  volatile std::int64_t* ahead_ = nullptr;  // the file's content
};

}  // namespace tidemark::testing_support
