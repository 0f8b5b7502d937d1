#pragma once

/// A batch in, a receipt out: what the profiles do differently, and what the API does not see.

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

/// What became of one row. `sequence`: the event that stands under this id, the row itself or the
/// one that was there first.
struct RowOutcome {
  bool accepted = false;
  Sequence sequence = 0;
};

struct Receipt {
  std::uint64_t accepted = 0;
  /// Nothing where a queue stands before the ledger, which decides later.
  std::optional<std::uint64_t> duplicates = 0;
  /// Every event of the batch, the duplicates too, is visible at this position.
  query::Position position;
  /// One a row, in order; only where they were wanted, and nothing where a queue decides later.
  std::vector<RowOutcome> outcomes = {};
};

/// A checked batch and what is known of its ids.
struct Submission {
  event::Batch batch;
  bool wants_outcomes = false;
  /// For each row where its id is archived, or kNoSequence; as of `sealed`.
  std::vector<Sequence> known;
  std::shared_ptr<const ledger::local::SealedIds> sealed;
};

/// Called once, from a thread of the acceptor's: hand the receipt over and return.
using ReceiptHandler = std::function<void(base::Result<Receipt>)>;

/// Promise:  a receipt says what is durable, unique and visible (or, with a queue behind it,
///           acknowledged by the queue). An error says that nothing may be assumed: the caller
///           sends the batch again, which is harmless.
/// Errors:   Overloaded: too much waits already; Unavailable: the disk or a server fails.
/// Threads:  any.
class Acceptor {
 public:
  virtual ~Acceptor() = default;

  /// Looks the batch's ids up in what is archived. May read the disk.
  virtual base::Result<Submission> prepare(event::Batch batch) const = 0;

  /// Does not block; a refusal is handed to `done` before `accept` returns.
  virtual void accept(Submission submission, ReceiptHandler done) = 0;
};

}  // namespace tidemark::ingest
