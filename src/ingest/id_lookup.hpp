#pragma once

/// Looks up where the events of some ids are, without taking anything.

#include <functional>
#include <vector>

#include "base/result.hpp"
#include "event/event.hpp"
#include "event/id_hash.hpp"

namespace tidemark::ingest {

/// Promise:  finds every event that was visible before the call.
/// Errors:   Overloaded: too many look-ups wait; Unavailable, Corrupt: nothing may be concluded.
/// Threads:  any.
class IdLookup {
 public:
  /// Receives one sequence for each id, and kNoSequence for an id without an event. It is called
  /// once, on the asking thread or on a thread of the ledger, and must return quickly.
  using Handler = std::function<void(base::Result<std::vector<event::Sequence>>)>;

  virtual ~IdLookup() = default;

  /// Does not wait. May read the disk.
  virtual void find(std::vector<event::IdHash> ids, Handler done) = 0;
};

}  // namespace tidemark::ingest
