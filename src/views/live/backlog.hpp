#pragma once

/// What was committed before a listener came: read again from where it left off.

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "query/event_reading.hpp"
#include "query/publication.hpp"
#include "views/live/listener.hpp"

namespace tidemark::views::live {

/// The matching events between a listener's `from` and where it begins, as messages.
///
/// Promise:  each once, in the order of commits. What lies further back than `events_max` is not
///           read; the first message says how many events that were, matching or not.
/// Errors:   as query::EventScan. After an error it is done for.
/// Threads:  one at a time. Blocks.
class Backlog {
 public:
  struct Parts {
    const query::Publication& publication;
    const query::EventScan& scan;
  };

  /// Precondition: the hub has begun with the listener.
  Backlog(Parts parts, std::shared_ptr<Listener> listener, event::Sequence begins,
          event::Sequence events_max);

  [[nodiscard]] bool done() const { return at_ == end_; }
  /// The next piece; it may be empty before all is read.
  base::Result<std::string> next();

 private:
  base::Status read_step(const query::Visible& visible, std::string& text);

  Parts parts_;
  std::shared_ptr<Listener> listener_;
  event::Sequence at_;
  event::Sequence end_;
  event::Sequence events_max_;
};

}  // namespace tidemark::views::live
