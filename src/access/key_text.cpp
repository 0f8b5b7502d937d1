#include "access/key_text.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdint>

#include <sodium.h>

#include "base/check.hpp"

namespace tidemark::access {
namespace {

constexpr std::string_view kDigits =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::uint32_t kBase = 62;
static_assert(kDigits.size() == kBase);

using Secret = std::array<std::uint8_t, 32>;

/// The library must be told once that it is used.
void begin_sodium() {
  static const int begun = sodium_init();
  TIDEMARK_CHECK(begun >= 0);
}

std::string_view prefix_of(catalog::KeyKind kind) noexcept {
  switch (kind) {
    case catalog::KeyKind::Write:
      return "tmw_";
    case catalog::KeyKind::Read:
      return "tmr_";
    case catalog::KeyKind::Admin:
      return "tma_";
  }
  return "";
}

/// The bytes as one number, most significant byte first, in base 62.
std::string in_base_62(Secret number) {
  std::string digits(kSecretDigits, '0');
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit) {
    std::uint32_t rest = 0;
    for (std::uint8_t& byte : number) {
      const std::uint32_t value = rest * 256 + byte;
      byte = static_cast<std::uint8_t>(value / kBase);
      rest = value % kBase;
    }
    *digit = kDigits[rest];
  }
  assert(std::ranges::all_of(number, [](std::uint8_t byte) { return byte == 0; }));
  return digits;
}

std::uint32_t crc_32c(std::string_view text) noexcept {
  constexpr std::uint32_t kPolynomial = 0x82F6'3B78;
  std::uint32_t crc = ~std::uint32_t{0};
  for (const char c : text) {
    crc ^= static_cast<std::uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? kPolynomial : 0);
  }
  return ~crc;
}

std::array<char, kCheckDigits> check_digits(std::string_view text) noexcept {
  std::array<char, kCheckDigits> digits{};
  std::uint32_t crc = crc_32c(text);
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit) {
    *digit = kDigits[crc % kBase];
    crc /= kBase;
  }
  return digits;
}

}  // namespace

MadeKey make_key(catalog::KeyKind kind) {
  begin_sodium();
  Secret secret{};
  randombytes_buf(secret.data(), secret.size());
  MadeKey made;
  made.text = std::string(prefix_of(kind)) + in_base_62(secret);
  const auto check = check_digits(made.text);
  made.text.append(check.data(), check.size());
  made.digest = digest_of(made.text);
  assert(made.text.size() == kKeySize && is_well_formed(made.text));
  return made;
}

std::optional<catalog::KeyKind> kind_of(std::string_view text) noexcept {
  using enum catalog::KeyKind;
  for (const auto kind : {Write, Read, Admin}) {
    if (text.starts_with(prefix_of(kind))) return kind;
  }
  return std::nullopt;
}

bool is_well_formed(std::string_view text) noexcept {
  if (text.size() != kKeySize || !kind_of(text)) return false;
  if (text.find_first_not_of(kDigits, kPrefixSize) != std::string_view::npos) return false;
  const auto check = check_digits(text.substr(0, kKeySize - kCheckDigits));
  return std::equal(check.begin(), check.end(), text.end() - kCheckDigits);
}

catalog::KeyDigest digest_of(std::string_view text) noexcept {
  begin_sodium();
  catalog::KeyDigest digest{};
  static_assert(digest.size() == crypto_hash_sha256_BYTES);
  crypto_hash_sha256(reinterpret_cast<unsigned char*>(digest.data()),
                     reinterpret_cast<const unsigned char*>(text.data()), text.size());
  return digest;
}

bool same(const catalog::KeyDigest& a, const catalog::KeyDigest& b) noexcept {
  return sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string masked(std::string_view text) {
  return kind_of(text) ? std::string(text.substr(0, kPrefixSize)) + "…" : "…";
}

std::string without_keys(std::string_view text) {
  constexpr std::string_view kItem = "key=";
  std::string out;
  while (!text.empty()) {
    const bool begins_item = out.empty() || out.back() == '?' || out.back() == '&';
    std::size_t hidden = 0;
    if (begins_item && text.starts_with(kItem)) {
      out += kItem;
      text.remove_prefix(kItem.size());
      hidden = std::min(text.find_first_of("&# "), text.size());
    } else if (kind_of(text)) {
      hidden = std::min(text.find_first_not_of(kDigits, kPrefixSize), text.size());
    }
    if (hidden > 0) {
      out += masked(text);
      text.remove_prefix(hidden);
      continue;
    }
    if (text.empty()) break;
    out += text.front();
    text.remove_prefix(1);
  }
  return out;
}

}  // namespace tidemark::access
