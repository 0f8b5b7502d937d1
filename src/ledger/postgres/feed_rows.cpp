#include "ledger/postgres/feed_rows.hpp"

#include <string>

namespace tidemark::ledger::postgres {
namespace {

enum Column : std::size_t {
  kBatchId,
  kProject,
  kEventKey,
  kEventText,
  kUserId,
  kEventType,
  kProperties,
  kOccurredAt,
  kReceivedAt,
};

base::Error not_whole(const FeedBatch& batch, std::uint64_t found) {
  return {base::ErrorCode::Corrupt, "batch " + std::to_string(batch.batch_id) + " at position " +
                                        std::to_string(batch.position) + " has " +
                                        std::to_string(batch.events) + " events, of which " +
                                        std::to_string(found) + " were found"};
}

event::ProjectId project_of(const clients::postgres::Row& row) {
  return static_cast<event::ProjectId>(row.integer(kProject));
}

}  // namespace

base::Status FeedRows::number(std::int64_t batch_id, event::Sequence& sequence) {
  while (batch_ < batches_.size() && batches_[batch_].batch_id != batch_id) {
    if (taken_ != batches_[batch_].events) return not_whole(batches_[batch_], taken_);
    ++batch_;
    taken_ = 0;
  }
  if (batch_ == batches_.size()) {
    return base::Error(base::ErrorCode::Corrupt, "events came that belong to no batch");
  }
  const auto& batch = batches_[batch_];
  if (taken_ == batch.events) return not_whole(batch, taken_ + 1);
  sequence = batch.first_sequence + taken_++;
  return base::ok;
}

base::Status FeedRows::hand_over(const clients::postgres::Rows& rows, const FeedVisit& visit) {
  uuids_.resize(rows.size());
  piece_.clear();
  for (std::size_t at = 0; at < rows.size(); ++at) {
    const auto from = rows[at];
    auto& to = piece_.emplace_back();
    auto numbered = number(from.integer(kBatchId), to.sequence);
    if (!numbered) return numbered.error();
    const auto key = from.uuid(kEventKey);
    to.id_hash = {.high = key.high, .low = key.low};
    if (from.is_null(kEventText)) {
      event::write_uuid({.high = key.high, .low = key.low}, uuids_[at].data());
      to.id = {uuids_[at].data(), uuids_[at].size()};
    } else {
      to.id = from.text(kEventText);
    }
    to.user_id = from.text(kUserId);
    to.event_type = from.text(kEventType);
    to.properties = from.text(kProperties);
    to.occurred_at = from.instant(kOccurredAt);
    to.received_at = from.instant(kReceivedAt);
    const bool is_last = at + 1 == rows.size();
    if (!is_last && project_of(rows[at + 1]) == project_of(from)) continue;
    if (auto visited = visit(project_of(from), piece_); !visited) return visited.error();
    piece_.clear();
  }
  return base::ok;
}

base::Status FeedRows::check_whole() const {
  for (auto batch = batch_; batch < batches_.size(); ++batch) {
    const std::uint64_t found = batch == batch_ ? taken_ : 0;
    if (found != batches_[batch].events) return not_whole(batches_[batch], found);
  }
  return base::ok;
}

}  // namespace tidemark::ledger::postgres
