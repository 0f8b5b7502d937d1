#pragma once

/// Whether an event is one of those that a list or a live stream asks for.

#include <string>
#include <vector>

#include "event/event.hpp"
#include "event/zone.hpp"
#include "query/list_events.hpp"

namespace tidemark::query {

/// The filters of a question. Its days are turned into instants once.
///
/// Threads:  any, because it is immutable.
class EventFilter {
 public:
  using Pieces = std::vector<event::Zone::Piece>;

  /// Ignores the order, the limit and `after` of the question.
  explicit EventFilter(const ListEvents& question);

  /// The requested instants in order; empty if the bounds exclude each other.
  [[nodiscard]] const Pieces& pieces() const { return pieces_; }
  /// Cost: as Segment::matches.
  [[nodiscard]] bool matches(event::ProjectId project, const event::Row& row) const;
  /// Two filters with one key match the same events.
  [[nodiscard]] std::string key() const;

 private:
  event::ProjectId project_;
  Pieces pieces_;
  Segment segment_;
};

}  // namespace tidemark::query
