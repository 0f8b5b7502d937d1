#include "archive/content_hash.hpp"

#include "archive/checksum.hpp"

namespace tidemark::archive {

void ContentHash::add(event::ProjectId project, const event::StoredRow& row) {
  // Lengths are part of it, so that bytes cannot move from one text to the next.
  const std::uint64_t fixed[] = {static_cast<std::uint64_t>(project),
                                 row.sequence,
                                 static_cast<std::uint64_t>(row.occurred_at),
                                 static_cast<std::uint64_t>(row.received_at),
                                 row.id.size(),
                                 row.user_id.size(),
                                 row.event_type.size(),
                                 row.properties.size()};
  static_assert(sizeof fixed == 8 * sizeof(std::uint64_t), "its bytes are hashed as they lie");
  value_ = checksum({reinterpret_cast<const char*>(&fixed[0]), sizeof fixed}, value_);
  for (const auto text : {row.id, row.user_id, row.event_type, row.properties}) {
    value_ = checksum(text, value_);
  }
  ++rows_;
}

}  // namespace tidemark::archive
