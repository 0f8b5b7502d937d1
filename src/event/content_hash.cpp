#include "event/content_hash.hpp"

#include <span>

#include "base/hash.hpp"

namespace tidemark::event {

IdHash content_hash(std::string_view bytes) {
  const auto hash = base::hash128(std::as_bytes(std::span(bytes)));
  return {.high = hash.high, .low = hash.low};
}

}  // namespace tidemark::event
