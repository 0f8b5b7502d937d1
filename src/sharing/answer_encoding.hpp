#pragma once

/// Answers of statistics as bytes for other processes: docs/formats/shared.md.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "query/router.hpp"

namespace tidemark::sharing {

/// Raised with every change of the bytes, and of what any question means: processes of two versions
/// must not give each other's answers.
inline constexpr std::uint8_t kAnswerEncodingVersion = 2;

std::string encode(const query::Answered& answered);

/// The inverse of `encode`.
///
/// Errors: whatever `bytes` holds, the answer is what was encoded or Corrupt; nothing outside of
///         `bytes` is read, and no more memory taken than a small multiple of them.
base::Result<query::Answered> decode(std::string_view bytes);

/// `content` with the checksum that `decode` looks for, for damage that it does not show.
std::string sealed_for_test(std::string_view content);

}  // namespace tidemark::sharing
