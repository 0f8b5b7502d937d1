#include "ingest/queue_payload.hpp"

#include <cstddef>
#include <span>
#include <vector>

#include "event/encoding.hpp"

namespace tidemark::ingest {

std::string queue_payload(const event::Batch& batch) {
  std::vector<const event::Row*> rows;
  rows.reserve(batch.rows.size());
  for (const auto& row : batch.rows) rows.push_back(&row);
  const event::Portion portion{
      .project = batch.project, .received_at = batch.received_at, .rows = rows};
  const std::span portions(&portion, 1);
  std::string payload(event::encoded_bytes(portions), '\0');
  std::vector<event::StoredRow> stored;
  stored.reserve(rows.size());
  event::encode(portions, 0, std::as_writable_bytes(std::span(payload)), stored);
  return payload;
}

}  // namespace tidemark::ingest
