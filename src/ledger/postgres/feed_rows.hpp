#pragma once

/// Rows of PostgreSQL as rows of ours, numbered.

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "clients/postgres/rows.hpp"
#include "event/event_id.hpp"
#include "ledger/postgres/feed.hpp"

namespace tidemark::ledger::postgres {

/// What FeedRows reads, in this order.
inline constexpr std::string_view kFeedColumns =
    "batch_id, project, event_key, event_text, user_id, event_type, properties, occurred_at, "
    "received_at";

/// Numbers the events of batches as they come, and holds them against what the batches say.
class FeedRows {
 public:
  explicit FeedRows(std::span<const FeedBatch> batches) : batches_(batches) {}

  /// Hands over one answer's rows, a call for each run of one project.
  base::Status hand_over(const clients::postgres::Rows& rows, const FeedVisit& visit);
  /// After the last one: whether all were there.
  [[nodiscard]] base::Status check_whole() const;

 private:
  base::Status number(std::int64_t batch_id, event::Sequence& sequence);

  std::span<const FeedBatch> batches_;
  std::size_t batch_ = 0;    // the one that is being read
  std::uint64_t taken_ = 0;  // of its events
  std::vector<event::StoredRow> piece_;
  std::vector<std::array<char, event::kUuidTextBytes>> uuids_;
};

}  // namespace tidemark::ledger::postgres
