#pragma once

/// Whether an event is one of those that a list or a live stream asks for.

#include <string>
#include <vector>

#include "event/event.hpp"
#include "event/zone.hpp"
#include "query/list_events.hpp"

namespace tidemark::query {

/// The filters of a question, its days turned into instants once.
///
/// Threads:  immutable: any.
class EventFilter {
 public:
  using Pieces = std::vector<event::Zone::Piece>;

  /// Order, limit and `after` of the question play no part.
  explicit EventFilter(const ListEvents& question);

  /// The instants that are asked for, in order; none where the bounds exclude each other.
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
