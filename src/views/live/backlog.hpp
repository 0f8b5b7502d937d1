#pragma once

/// Reads again what was committed before a listener came, from where the listener left off.

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "query/event_reading.hpp"
#include "query/publication.hpp"
#include "views/live/listener.hpp"

namespace tidemark::views::live {

/// The matching events between a listener's `from` and its beginning at the hub, as messages.
///
/// Promise:  each event once, in commit order. Events further back than `events_max` are not read;
///           the first message tells their number, matching or not.
/// Errors:   as query::EventScan. After an error the backlog is unusable.
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
  /// The next piece, which may be empty before everything is read.
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
