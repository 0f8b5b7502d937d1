#pragma once

/// For tests: a plain list of events, and the reference's answers from it.

#include <deque>
#include <string>
#include <vector>

#include "contract/asked.hpp"
#include "event/event.hpp"
#include "query/answer.hpp"

namespace tidemark::views::rollup {

/// Events with their own strings, and rows that point into them.
class EventList {
 public:
  struct Event {
    std::string user;
    std::string type;
    event::Micros at = 0;
  };

  /// The event gets the next sequence.
  void add(Event event) { events_.push_back(std::move(event)); }
  [[nodiscard]] const std::deque<Event>& events() const { return events_; }
  /// The rows [first, end). Valid as long as the list, also while the list grows.
  [[nodiscard]] std::vector<event::StoredRow> rows(std::size_t first, std::size_t end) const;

 private:
  std::deque<Event> events_;  // a deque, because the events must not move
};

/// The reference's answer from the first `position` events of the list.
query::Answer expected_answer(const contract::Asked& asked, const EventList& list,
                              std::size_t position);

}  // namespace tidemark::views::rollup
