#pragma once

/// Which fields of events are read.

#include <cstdint>

namespace tidemark::archive {

/// What of the rows is wanted; the rest is left empty. `id_hash` is always zero.
enum class Columns : std::uint8_t {
  All,
  Views,  ///< all but `id` and `properties`
  Ids,    ///< `id`, `sequence`
};

}  // namespace tidemark::archive
