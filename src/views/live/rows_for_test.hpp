#pragma once

/// Events for tests of live streams, published as the commit thread does.

#include <string>
#include <vector>

#include "archive/manifest.hpp"
#include "event/event.hpp"
#include "query/event_filter.hpp"
#include "query/event_reading.hpp"
#include "query/publication.hpp"

namespace tidemark::views::live {

/// A tail that grows group by group.
class Story {
 public:
  Story();

  /// Commits one event per type, publishes them, and returns the new position.
  event::Sequence commit(const std::vector<std::string>& types,
                         event::ProjectId project = event::ProjectId::Default);
  /// Commits `count` events of one type.
  event::Sequence commit(std::size_t count, const std::string& type);

  [[nodiscard]] const query::Publication& publication() const { return publication_; }
  /// Reads the tail; fails if `unreadable` is set.
  [[nodiscard]] query::EventScan scan();

  bool unreadable = false;

 private:
  ledger::TailWriter tail_{0};
  query::Publication publication_;
};

query::EventFilter everything();
query::EventFilter of_type(const std::string& type);

/// "e-0:login,e-1:view" from a stream's text, and "missed 3" if the text says that.
std::vector<std::string> told(const std::string& text);

/// The `id` of the last message, as a position.
event::Sequence last_position(const std::string& text);

}  // namespace tidemark::views::live
