#pragma once

/// The text of VERSION: docs/formats/data_folder.md.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tidemark::files {

/// Names a folder's counting of positions. A new epoch begins when a loss of events is accepted:
/// positions that were told before then mean nothing any more.
struct Epoch {
  std::uint32_t number = 0;  ///< 0 at first, one more after each loss
  std::uint16_t tag = 0;     ///< 0 at first, then random; part of each position that clients hold
};

struct Version {
  std::array<std::byte, 32> id_key{};
  Epoch epoch;
  std::uint64_t reached = 0;  ///< at least this number of events was acknowledged in this epoch
  bool checked = false;       ///< the text had a checksum; older programs wrote none
};

std::string version_text(const Version& version);

/// Errors: Conflict if a newer program wrote it, Corrupt if it does not read back; neither names
///         the file.
base::Result<Version> parse_version(std::string_view text);

}  // namespace tidemark::files
