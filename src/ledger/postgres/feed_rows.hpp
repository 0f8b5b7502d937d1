#pragma once

/// Rows of PostgreSQL as rows of ours, numbered.

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "clients/postgres/copy_reader.hpp"
#include "event/event_id.hpp"
#include "ledger/postgres/feed.hpp"

namespace tidemark::ledger::postgres {

/// What FeedRows reads, in this order.
inline constexpr std::string_view kFeedColumns =
    "batch_id, batch_row, project, event_key, event_text, user_id, event_type, properties, "
    "occurred_at, received_at";

/// Takes the events of some batches in any order, and hands them over in theirs: the server finds
/// them nearly so, and would sort what is sorted.
class FeedRows {
 public:
  explicit FeedRows(std::span<const FeedBatch> batches);

  base::Status take(clients::postgres::CopiedRow row);
  /// Of memory, for what was taken.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

  /// When all were taken, a call of `visit` for each run of one project.
  ///
  /// Errors:   Corrupt: a batch has not as many events as it says; then nothing was handed over.
  base::Status hand_over(const event::RowVisitor& visit);

 private:
  struct Taken {
    std::uint32_t batch = 0;  // which of them
    std::int32_t place = 0;   // rising within the batch, with gaps
    event::ProjectId project = event::ProjectId::Default;
    bool has_text = false;  // the id as sent; else it is the key
    event::StoredRow row;
    clients::postgres::CopiedRow bytes;  // what the row points into
  };

  struct Numbered {
    std::int64_t batch_id = 0;
    std::uint32_t batch = 0;
  };

  base::Status number();

  std::span<const FeedBatch> batches_;
  std::vector<Numbered> by_id_;  // sorted
  std::uint32_t last_ = 0;       // the batch of the row before
  std::vector<Taken> rows_;
  std::size_t bytes_ = 0;
};

}  // namespace tidemark::ledger::postgres
