#pragma once

/// The text of a key: `tmr_` (or `tmw_`, `tma_`), 43 digits of base 62 for 32 random bytes, and 6
/// more that check them.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "catalog/catalog.hpp"

namespace tidemark::access {

inline constexpr std::size_t kPrefixSize = 4;     ///< "tmr_"
inline constexpr std::size_t kSecretDigits = 43;  ///< 62^43 > 2^256
inline constexpr std::size_t kCheckDigits = 6;    ///< 62^6 > 2^32
inline constexpr std::size_t kKeySize = kPrefixSize + kSecretDigits + kCheckDigits;

/// Shown once; then only the digest is known.
struct MadeKey {
  std::string text;
  catalog::KeyDigest digest = {};
};

/// A new key from the system's own source of randomness.
MadeKey make_key(catalog::KeyKind kind);

/// What the first letters say; none if the text does not begin as a key does.
std::optional<catalog::KeyKind> kind_of(std::string_view text) noexcept;

/// Whether the text has the form of a key and its last digits fit the others: a typing error shows
/// here. The digits are the CRC-32C (RFC 3720, B.4) of everything before them, in base 62.
bool is_well_formed(std::string_view text) noexcept;

/// SHA-256.
catalog::KeyDigest digest_of(std::string_view text) noexcept;

/// Takes equally long for any two digests.
bool same(const catalog::KeyDigest& a, const catalog::KeyDigest& b) noexcept;

/// How a key may appear in logs and messages: "tmr_…".
std::string masked(std::string_view text);

/// The text with every key in it masked, and every value of `key=`: for addresses in logs.
std::string without_keys(std::string_view text);

}  // namespace tidemark::access
