#pragma once

/// The text of VERSION: docs/formats/data_folder.md.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tidemark::files {

/// Which counting of positions a folder is at. A new one begins where a loss of events is accepted:
/// what was said of positions before then means nothing any more.
struct Epoch {
  std::uint32_t number = 0;  ///< 0 at first, one more with each loss
  std::uint16_t tag = 0;     ///< random but 0 at first; part of each position that clients hold
};

struct Version {
  std::array<std::byte, 32> id_key{};
  Epoch epoch;
  std::uint64_t reached = 0;  ///< in this epoch so many events were acknowledged, at least
  bool checked = false;       ///< the text had a checksum; the program of before wrote none
};

std::string version_text(const Version& version);

/// Errors: Conflict where a newer program wrote it, Corrupt where it does not read back; neither
///         says which file.
base::Result<Version> parse_version(std::string_view text);

}  // namespace tidemark::files
