#pragma once

/// The ledger's events as they were at one position.

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "clients/postgres/connection.hpp"
#include "clients/postgres/transaction.hpp"
#include "event/event.hpp"

namespace tidemark::views::postgres {

/// A reading transaction, and the rule which of the events that it sees were there at the position.
///
/// Promise:  exactly the events with a sequence below the position, however many were committed
///           since.
/// Errors:   `open`: Unavailable if the database does not have the position, or is more than
///           kBatchesBehindMax batches beyond it; and as Connection's.
/// Lifetime: must end before its connection.
/// Cost:     two round trips if nothing was committed since, otherwise three or more.
class Snapshot {
 public:
  /// Usually a view is behind by a few batches. The text of each query lists the batches to leave
  /// out.
  static constexpr std::size_t kBatchesBehindMax = 20'000;

  struct Bounds {
    std::uint64_t memory_bytes_max = 0;  ///< of the server, for sorting or grouping
  };

  static base::Result<Snapshot> open(clients::postgres::Connection& connection,
                                     event::Sequence position, const Bounds& bounds);

  /// For FROM: a table, or a subquery with an alias.
  [[nodiscard]] const std::string& from() const { return from_; }

 private:
  explicit Snapshot(clients::postgres::Transaction transaction)
      : transaction_(std::move(transaction)) {}

  /// Whole batches after the position, and the position in a batch that it divides.
  struct Later {
    std::vector<std::int64_t> batches;
    std::string part;
  };
  static base::Result<Later> find_later(clients::postgres::Connection& connection,
                                        event::Sequence position);

  clients::postgres::Transaction transaction_;
  std::string from_;
};

}  // namespace tidemark::views::postgres
