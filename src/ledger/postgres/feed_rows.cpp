#include "ledger/postgres/feed_rows.hpp"

#include <algorithm>
#include <cassert>
#include <string>
#include <tuple>
#include <utility>

namespace tidemark::ledger::postgres {

FeedRows::FeedRows(std::span<const FeedBatch> batches) : batches_(batches) {
  assert(std::in_range<std::uint32_t>(batches.size()));
  for (std::uint32_t batch = 0; batch < batches.size(); ++batch) {
    by_id_.push_back({.batch_id = batches[batch].batch_id, .batch = batch});
  }
  std::ranges::sort(by_id_, {}, &Numbered::batch_id);
}

base::Status FeedRows::take(clients::postgres::CopiedRow row) {
  const auto batch_id = row.int8();
  assert(last_ < batches_.size());
  if (batches_[last_].batch_id != batch_id) {
    const auto found = std::ranges::lower_bound(by_id_, batch_id, {}, &Numbered::batch_id);
    if (found == by_id_.end() || found->batch_id != batch_id) {
      return base::Error(base::ErrorCode::Corrupt, "events came that belong to no batch");
    }
    last_ = found->batch;
  }
  const auto place = row.int4();
  const auto project = static_cast<event::ProjectId>(row.int4());
  const auto key = row.uuid();
  const auto text = row.text_or_null();
  event::StoredRow stored;
  stored.id = text.value_or(std::string_view());
  stored.user_id = row.text();
  stored.event_type = row.text();
  stored.properties = row.text();
  stored.occurred_at = row.instant();
  stored.received_at = row.instant();
  stored.id_hash = {.high = key.high, .low = key.low};
  bytes_ += sizeof(Taken) + row.size();
  rows_.push_back({.batch = last_,
                   .place = place,
                   .project = project,
                   .has_text = text.has_value(),
                   .row = stored,
                   .bytes = std::move(row)});
  return base::ok;
}

base::Status FeedRows::number() {
  const auto order = [](const Taken& taken) { return std::tuple(taken.batch, taken.place); };
  if (!std::ranges::is_sorted(rows_, {}, order)) std::ranges::sort(rows_, {}, order);
  auto row = rows_.begin();
  for (std::uint32_t batch = 0; batch < batches_.size(); ++batch) {
    const auto begin = row;
    const auto& said = batches_[batch];
    for (; row != rows_.end() && row->batch == batch; ++row) {
      row->row.sequence = said.first_sequence + static_cast<event::Sequence>(row - begin);
    }
    const auto found = static_cast<std::uint64_t>(row - begin);
    if (found != said.events) {
      return base::Error(base::ErrorCode::Corrupt,
                         "batch " + std::to_string(said.batch_id) + " at position " +
                             std::to_string(said.position) + " has " + std::to_string(said.events) +
                             " events, of which " + std::to_string(found) + " were found");
    }
  }
  return base::ok;
}

base::Status FeedRows::hand_over(const event::RowVisitor& visit) {
  if (auto numbered = number(); !numbered) return numbered;
  std::vector<event::StoredRow> piece;
  std::vector<std::array<char, event::kUuidTextBytes>> uuids(PostgresFeed::kPieceRows);
  for (std::size_t at = 0; at < rows_.size(); ++at) {
    auto& row = piece.emplace_back(rows_[at].row);
    if (!rows_[at].has_text) {
      assert(piece.size() <= uuids.size());
      auto& uuid = uuids[piece.size() - 1];
      event::write_uuid({.high = row.id_hash.high, .low = row.id_hash.low}, uuid.data());
      row.id = {uuid.data(), uuid.size()};
    }
    const bool ends_run = at + 1 == rows_.size() || rows_[at + 1].project != rows_[at].project;
    if (!ends_run && piece.size() < PostgresFeed::kPieceRows) continue;
    if (auto visited = visit({rows_[at].project, piece}); !visited) return visited;
    piece.clear();
  }
  return base::ok;
}

}  // namespace tidemark::ledger::postgres
