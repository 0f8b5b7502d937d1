#pragma once

/// A batch goes in, a receipt comes out. The profiles differ behind this interface, and the API
/// does not see it.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "event/event.hpp"
#include "ledger/local/sealed_ids.hpp"
#include "query/position.hpp"

namespace tidemark::ingest {

using event::Sequence;

/// What became of one row. `sequence`: the event that has this id, which is the row itself or an
/// earlier event.
struct RowOutcome {
  bool accepted = false;
  Sequence sequence = 0;
};

struct Receipt {
  std::uint64_t accepted = 0;
  /// Nothing if there is a queue before the ledger, because the ledger decides later.
  std::optional<std::uint64_t> duplicates = 0;
  /// Every event of the batch, the duplicates too, is visible at this position.
  query::Position position;
  /// One per row, in order; empty unless the caller wants outcomes, or if there is a queue before
  /// the ledger.
  std::vector<RowOutcome> outcomes = {};
};

/// A checked batch and what is known of its ids.
struct Submission {
  event::Batch batch;
  bool wants_outcomes = false;
  /// For each row, the sequence at which its id is archived, or kNoSequence; as of `sealed`.
  std::vector<Sequence> known;
  std::shared_ptr<const ledger::local::SealedIds> sealed;
};

/// Called once, from a thread of the acceptor: hand the receipt over and return.
using ReceiptHandler = std::function<void(base::Result<Receipt>)>;

/// Promise:  the events of a receipt are durable, unique and visible (or, with a queue before the
///           ledger, acknowledged by the queue). After an error nothing may be assumed: the caller
///           sends the batch again, which is harmless.
/// Errors:   Overloaded: too much waits already; Unavailable: the disk or a server fails.
/// Threads:  any.
class Acceptor {
 public:
  virtual ~Acceptor() = default;

  /// Looks up the batch's ids among the archived ones. May read the disk.
  virtual base::Result<Submission> prepare(event::Batch batch) const = 0;

  /// Does not block. A refusal goes to `done` before `accept` returns.
  virtual void accept(Submission submission, ReceiptHandler done) = 0;
};

}  // namespace tidemark::ingest
