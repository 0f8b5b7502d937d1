// Any content of a record is rows or corrupt; rows, encoded again, are the same rows.
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "event/encoding.hpp"
#include "must.hpp"

namespace tidemark::fuzz {

namespace {

std::vector<std::byte> encoded(event::StoredRows rows) {
  std::vector<std::byte> content(event::encoded_bytes(rows));
  event::encode(rows, content);
  return content;
}

bool same(const event::StoredRow& a, const event::StoredRow& b) {
  return a.id == b.id && a.user_id == b.user_id && a.event_type == b.event_type &&
         a.properties == b.properties && a.occurred_at == b.occurred_at && a.id_hash == b.id_hash &&
         a.sequence == b.sequence && a.received_at == b.received_at;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const event::IdHasher kHasher{event::IdHasher::Key{}};
  const std::span content{reinterpret_cast<const std::byte*>(bytes), size};
  const auto read = event::decode(content, 7, kHasher);
  if (!read) {
    MUST(read.error().code() == base::ErrorCode::Corrupt);
    return 0;
  }
  // Portions without rows are left out, and those that say the same are made one.
  const auto again = encoded(*read);
  MUST(again.size() <= size);
  const auto anew = event::decode(again, 7, kHasher);
  MUST(anew && anew->size() == read->size() && anew->pieces().size() == read->pieces().size());
  for (std::size_t i = 0; i < read->size(); ++i) MUST(same(anew->rows()[i], read->rows()[i]));
  MUST(encoded(*anew) == again);
  return 0;
}

}  // namespace tidemark::fuzz
