#pragma once

/// The bounds of an event, as api.md section 1 promises them.

#include <cstddef>

#include "base/clock.hpp"

namespace tidemark::event {

inline constexpr std::size_t kEventIdBytesMax = 200;
inline constexpr std::size_t kUserIdBytesMax = 256;
inline constexpr std::size_t kEventTypeBytesMax = 128;
inline constexpr std::size_t kPropertiesBytesMax = std::size_t{64} * 1024;
inline constexpr int kPropertiesDepthMax = 16;  ///< the object itself is the first level

/// 1970-01-01T00:00:00Z and 2201-01-01T00:00:00Z: the years 1970 to 2200 are accepted.
inline constexpr base::Micros kOccurredAtMin = 0;
inline constexpr base::Micros kOccurredAtEnd = 7'289'654'400 * base::kMicrosPerSecond;

}  // namespace tidemark::event
