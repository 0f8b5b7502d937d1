#pragma once

/// Which fields of events a reader needs.

#include <cstdint>

namespace tidemark::archive {

/// The fields to read; the others stay empty. `id_hash` is always zero.
enum class Columns : std::uint8_t {
  All,
  Views,  ///< all but `id` and `properties`
  Ids,    ///< `id`, `sequence`
};

}  // namespace tidemark::archive
