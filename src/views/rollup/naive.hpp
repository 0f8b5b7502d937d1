#pragma once

/// For tests: the same answers from a plain list of events, in the most obvious way there is.

#include <deque>
#include <string>
#include <vector>

#include "event/event.hpp"
#include "query/answer.hpp"
#include "query/question.hpp"

namespace tidemark::views::rollup {

/// Events with strings of their own, and rows that point into them.
class EventList {
 public:
  struct Event {
    std::string user;
    std::string type;
    event::Micros at = 0;
  };

  /// The row has the next sequence.
  void add(Event event) { events_.push_back(std::move(event)); }
  [[nodiscard]] const std::deque<Event>& events() const { return events_; }
  /// The rows [first, end). Valid as long as the list, also while it grows.
  [[nodiscard]] std::vector<event::StoredRow> rows(std::size_t first, std::size_t end) const;

 private:
  std::deque<Event> events_;  // none of them moves
};

/// Answers from the first `position` events of the list.
query::Answer naive_answer(const query::Question& question, const EventList& list,
                           std::size_t position);

}  // namespace tidemark::views::rollup
