#pragma once

/// PostgreSQL's rows as numbered rows of ours.

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

/// The columns that FeedRows reads, in this order.
inline constexpr std::string_view kFeedColumns =
    "batch_id, batch_row, project, event_key, event_text, user_id, event_type, properties, "
    "occurred_at, received_at";

/// Takes the events of some batches in any order, and hands them over in batch order: the server
/// finds them nearly in order, but would sort them all the same.
class FeedRows {
 public:
  explicit FeedRows(std::span<const FeedBatch> batches);

  base::Status take(clients::postgres::CopiedRow row);
  /// The memory of the rows that were taken.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

  /// Call it once all rows were taken. It calls `visit` for each run of rows of one project.
  ///
  /// Errors:   Corrupt: a batch does not have as many events as it claims; then nothing was handed
  ///           over.
  base::Status hand_over(const event::RowVisitor& visit);

 private:
  struct Taken {
    std::uint32_t batch = 0;  // index of the batch
    std::int32_t place = 0;   // rising within the batch, with gaps
    event::ProjectId project = event::ProjectId::Default;
    bool has_text = false;  // the id is the text that was sent; otherwise the id is the key
    event::StoredRow row;
    clients::postgres::CopiedRow bytes;  // the row points into it
  };

  struct Numbered {
    std::int64_t batch_id = 0;
    std::uint32_t batch = 0;
  };

  base::Status number();

  std::span<const FeedBatch> batches_;
  std::vector<Numbered> by_id_;  // sorted
  std::uint32_t last_ = 0;       // the batch of the previous row
  std::vector<Taken> rows_;
  std::size_t bytes_ = 0;
};

}  // namespace tidemark::ledger::postgres
