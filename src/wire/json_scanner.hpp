#pragma once

/// Reads JSON in place, token by token, without recursion and without a copy.
///
/// One scanner checks everything: the grammar to the last byte, so that a slice may be stored as it
/// was sent, and the place of the first error, so that no second parser has to agree with it. UTF-8
/// is checked elsewhere, for the whole body at once (text_kernels.hpp).

#include <array>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "event/limits.hpp"
#include "wire/decode.hpp"

namespace tidemark::wire {

/// A string, as it is written between its quotes.
struct StringToken {
  std::string_view raw;
  bool escaped = false;   ///< it has escapes, so its meaning differs from its text
  bool bad_text = false;  ///< it has an escaped NUL or an unpaired surrogate
};

/// Facts that were noticed while a value was read.
struct ValueTraits {
  std::size_t depth_max = 0;  ///< 0 for a scalar, 1 for {} and []
  bool has_space = false;
  bool bad_text = false;
  /// Whether a key may occur twice in one object. Never false if one does; may be true if none does
  /// (similar keys, keys with escapes, more keys than are remembered).
  bool repeated_keys_likely = false;
};

struct NumberToken {
  std::string_view raw;
  bool integer = false;
};

/// Why reading stopped.
struct SyntaxError {
  const char* at = nullptr;
  const char* expected = nullptr;
};

/// The place of the error in [begin, end), what was expected there and what was found.
std::string describe(const SyntaxError& error, const char* begin, const char* end);

/// Precondition: kBodyPaddingBytes are readable after `end`.
/// Errors:   a function that returns false has set `error()`; the scanner is unusable then.
class JsonScanner {
 public:
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): keys_ is filled as it is read
  JsonScanner(const char* begin, const char* end) : at_(begin), end_(end) {}

  [[nodiscard]] const char* at() const { return at_; }
  [[nodiscard]] const char* end() const { return end_; }
  [[nodiscard]] bool at_end() const { return at_ == end_; }
  /// The next byte, or NUL at the end (where NUL is as bad as the end is).
  [[nodiscard]] char peek() const { return at_ < end_ ? *at_ : '\0'; }
  [[nodiscard]] const SyntaxError& error() const { return error_; }

  void skip_space() {
    while (static_cast<unsigned char>(*at_) <= ' ' && at_ < end_ && is_space(*at_)) ++at_;
  }
  /// Moves past `c`, if it is next.
  bool accept(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  bool expect(char c, const char* expected) { return accept(c) || fail(expected); }
  bool fail(const char* expected) { return fail_at(at_, expected); }

  /// Reads a string; call it at an opening quote.
  bool string(StringToken& token) {
    assert(at_ < end_ && *at_ == '"');
    const char* const begin = at_ + 1;
    const char* const special = find_special(begin);
    if (special < end_ && *special == '"') {
      token = {.raw = {begin, special}};
      at_ = special + 1;
      return true;
    }
    return string_with_escapes(begin, special, token);
  }
  /// Reads a number; call it at a minus or a digit.
  bool number(NumberToken& token);
  /// Reads any value: checks what it consists of, and moves past it.
  bool value(ValueTraits& traits);

 private:
  static bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

  /// The first quote, backslash or control character from `p` on; the result may also be at or
  /// after `end_`. Reads up to 15 bytes beyond the end.
  [[nodiscard]] const char* find_special(const char* p) const {
#ifdef __SSE2__
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i backslash = _mm_set1_epi8('\\');
    const __m128i control = _mm_set1_epi8(0x1F);
    for (; p < end_; p += 16) {
      const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
      const __m128i hits =
          _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash)),
                       _mm_cmpeq_epi8(_mm_max_epu8(bytes, control), control));
      const auto mask = static_cast<unsigned>(_mm_movemask_epi8(hits));
      if (mask != 0) return p + std::countr_zero(mask);
    }
#else
    for (; p < end_; ++p) {
      if (*p == '"' || *p == '\\' || static_cast<unsigned char>(*p) < ' ') return p;
    }
#endif
    return p;
  }

  bool string_with_escapes(const char* begin, const char* special, StringToken& token);
  bool escape(const char*& p, StringToken& token);
  bool code_unit(const char* p, std::uint32_t& unit);
  bool literal(std::string_view word);
  bool scalar(ValueTraits& traits);
  bool key(ValueTraits& traits);
  bool close_or_next(ValueTraits& traits, bool& finished);
  void note_space(ValueTraits& traits) {
    const char* const before = at_;
    skip_space();
    traits.has_space |= at_ != before;
  }
  bool fail_at(const char* at, const char* expected) {
    error_ = {.at = at, .expected = expected};
    return false;
  }

  // The open brackets: the last 64 in a word, older ones in `older_brackets_`.
  void open(bool object);
  void close();
  [[nodiscard]] bool in_object() const { return (brackets_ & 1) != 0; }

  // The keys of the open objects, each as 64 bits, as many as are remembered.
  static constexpr std::size_t kKeysMax = 64;
  static constexpr std::size_t kDepthMax = event::kPropertiesDepthMax;
  void remember(const StringToken& key, ValueTraits& traits);

  const char* at_;
  const char* end_;
  SyntaxError error_;
  std::uint64_t brackets_ = 0;
  std::size_t depth_ = 0;
  std::vector<std::uint64_t> older_brackets_;
  std::size_t keys_count_ = 0;
  std::array<std::size_t, kDepthMax + 1> first_key_{};
  std::array<std::uint64_t, kKeysMax> keys_;  // only the elements in use are initialised
};

}  // namespace tidemark::wire
