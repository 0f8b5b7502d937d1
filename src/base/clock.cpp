#include "base/clock.hpp"

#include <chrono>

namespace tidemark::base {

Micros SystemClock::now() const {
  using namespace std::chrono;
  return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace tidemark::base
