// Any content of a record is rows or corrupt; rows, encoded again, are the same bytes.
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "event/encoding.hpp"
#include "must.hpp"

namespace tidemark::fuzz {

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const event::IdHasher kHasher{event::IdHasher::Key{}};
  const std::span content{reinterpret_cast<const std::byte*>(bytes), size};
  const auto read = event::decode(content, 7, kHasher);
  if (!read) {
    MUST(read.error().code() == base::ErrorCode::Corrupt);
    return 0;
  }
  std::vector<std::vector<const event::Row*>> rows(read->size());
  std::vector<event::Portion> portions;
  bool any_is_empty = false;
  for (std::size_t i = 0; i < read->size(); ++i) {
    for (const event::StoredRow& row : (*read)[i].rows) rows[i].push_back(&row);
    any_is_empty = any_is_empty || rows[i].empty();
    portions.push_back({.project = (*read)[i].project,
                        .received_at = rows[i].empty() ? 0 : (*read)[i].rows[0].received_at,
                        .rows = rows[i]});
  }
  std::vector<std::byte> again(event::encoded_bytes(portions));
  std::vector<event::StoredRow> stored;
  event::encode(portions, 7, again, stored);
  MUST(again.size() == size);
  // A portion without rows says when it arrived to nobody.
  MUST(any_is_empty || std::equal(again.begin(), again.end(), content.begin()));
  return 0;
}

}  // namespace tidemark::fuzz
