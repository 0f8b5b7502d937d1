#pragma once

/// For tests: random events and random questions about them.

#include <random>
#include <string>

#include "views/rollup/event_list.hpp"

namespace tidemark::views::rollup {

/// About a month of events around `noon`, mostly in order of time, some late, some far away.
class RandomStory {
 public:
  explicit RandomStory(unsigned seed) : random_(seed) {}

  [[nodiscard]] std::size_t below(std::size_t end) { return random_() % end; }

  void tell(EventList& list, int events);
  contract::Asked question(const std::string& zone);

 private:
  contract::AskedSegment segment();

  std::mt19937_64 random_;
  event::Micros now_ = 0;
};

}  // namespace tidemark::views::rollup
