#pragma once

/// Encodes the answers of statistics for other processes: docs/formats/shared.md.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "query/router.hpp"

namespace tidemark::sharing {

/// Must be raised with every change of the bytes, and of the meaning of any question: processes of
/// two versions must not give each other's answers.
inline constexpr std::uint8_t kAnswerEncodingVersion = 2;

std::string encode(const query::Answered& answered);

/// The inverse of `encode`.
///
/// Errors: for any `bytes`, the result is what was encoded, or Corrupt; nothing outside of `bytes`
///         is read, and the memory taken is at most a small multiple of theirs.
base::Result<query::Answered> decode(std::string_view bytes);

/// `content` with the checksum that `decode` expects, to test damage that the checksum does not
/// show.
std::string sealed_for_test(std::string_view content);

}  // namespace tidemark::sharing
