#include "event/content_hash.hpp"

#define XXH_INLINE_ALL  // no library to link
#include <xxhash.h>

namespace tidemark::event {

IdHash content_hash(std::string_view bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {.high = hash.high64, .low = hash.low64};
}

}  // namespace tidemark::event
