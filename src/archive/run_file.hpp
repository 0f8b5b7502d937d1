#pragma once

/// One file of sorted ids, as the manifest names it. Only the ledger knows its content.

#include <cstdint>
#include <string>

#include "event/event.hpp"

namespace tidemark::archive {

struct RunFile {
  std::string file;           ///< its name within the archive's folder
  event::Sequence first = 0;  ///< the ids of the events [first, end), in these partitions
  event::Sequence end = 0;
  std::uint32_t partition_first = 0;
  std::uint32_t partition_end = 0;
  std::uint64_t ids = 0;
  std::uint64_t bytes = 0;
  std::uint64_t checksum = 0;

  bool operator==(const RunFile&) const = default;
};

}  // namespace tidemark::archive
