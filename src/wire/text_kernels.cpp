#include "wire/text_kernels.hpp"

#include <simdjson.h>

#include "base/check.hpp"

namespace tidemark::wire {
namespace {

/// The length of the character that begins at `at`, 0 where none does.
std::size_t character_bytes(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
  };
  const auto continues = [&](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first < 0xC2) return 0;
  if (first < 0xE0) return continues(1) ? 2 : 0;
  if (first < 0xF0) {
    const bool shortest = first != 0xE0 || byte(1) >= 0xA0;
    const bool surrogate = first == 0xED && byte(1) >= 0xA0;
    return continues(1) && continues(2) && shortest && !surrogate ? 3 : 0;
  }
  if (first > 0xF4 || !continues(1) || !continues(2) || !continues(3)) return 0;
  const bool in_range = (first != 0xF0 || byte(1) >= 0x90) && (first != 0xF4 || byte(1) < 0x90);
  return in_range ? 4 : 0;
}

}  // namespace

bool is_utf8(std::string_view text) { return simdjson::validate_utf8(text.data(), text.size()); }

std::size_t first_non_utf8(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t bytes = character_bytes(text, at);
    if (bytes == 0) break;
    at += bytes;
  }
  return at;
}

std::size_t minify(std::string_view json, char* out) {
  std::size_t bytes = 0;
  const auto error = simdjson::minify(json.data(), json.size(), out, bytes);
  TIDEMARK_CHECK(error == simdjson::SUCCESS);  // the caller has checked the value
  return bytes;
}

}  // namespace tidemark::wire
