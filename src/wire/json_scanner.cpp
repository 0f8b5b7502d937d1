#include "wire/json_scanner.hpp"

#include <algorithm>
#include <cassert>

namespace tidemark::wire {
namespace {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

constexpr int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const int small = c | 0x20;
  return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

std::uint64_t load(const char* p) {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, p, sizeof bytes);
  return bytes;
}

/// Equal for equal keys; for others it differs unless only their middle does, or by bad luck.
std::uint64_t mark_of(std::string_view key) {
  constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15;
  if (key.size() >= 8) {
    const std::uint64_t last = load(key.data() + key.size() - 8);
    return load(key.data()) ^ ((last + key.size()) * kOdd);
  }
  // Eight bytes can be read, because of the padding after the body. Only the key's own may count.
  const std::uint64_t own = key.empty() ? 0 : load(key.data()) << (64 - (8 * key.size()));
  return own ^ (key.size() * kOdd);
}

}  // namespace

bool JsonScanner::string_with_escapes(const char* begin, const char* special, StringToken& token) {
  token = {};
  for (const char* p = special;; p = find_special(p)) {
    if (p >= end_) return fail_at(end_, "a quote at the end of the string");
    if (*p == '"') {
      token.raw = {begin, p};
      at_ = p + 1;
      return true;
    }
    if (*p != '\\') return fail_at(p, "a control character in a string to be escaped");
    token.escaped = true;
    if (!escape(p, token)) return false;
  }
}

/// `p` is at a backslash, and moves past what it escapes.
bool JsonScanner::escape(const char*& p, StringToken& token) {
  const char kind = p + 1 < end_ ? p[1] : '\0';
  if (kind != 'u') {
    constexpr std::string_view kKinds = "\"\\/bfnrt";
    if (kKinds.find(kind) == std::string_view::npos) {
      return fail_at(std::min(p + 1, end_), R"(one of "\/bfnrtu after a backslash)");
    }
    p += 2;
    return true;
  }
  std::uint32_t unit = 0;
  if (!code_unit(p + 2, unit)) return false;
  p += 6;
  if (unit == 0) token.bad_text = true;
  if (unit < 0xD800 || unit > 0xDFFF) return true;
  // The first of a pair must be followed by the second; the second alone is never right.
  const bool pair_follows = unit <= 0xDBFF && p + 1 < end_ && p[0] == '\\' && p[1] == 'u';
  if (!pair_follows) {
    token.bad_text = true;
    return true;
  }
  std::uint32_t second = 0;
  if (!code_unit(p + 2, second)) return false;
  if (second < 0xDC00 || second > 0xDFFF) {
    token.bad_text = true;  // and what follows is looked at by itself
    return true;
  }
  p += 6;
  return true;
}

bool JsonScanner::code_unit(const char* p, std::uint32_t& unit) {
  for (int i = 0; i < 4; ++i, ++p) {
    const int digit = p < end_ ? hex_value(*p) : -1;
    if (digit < 0) return fail_at(std::min(p, end_), "four hexadecimal digits after \\u");
    unit = (unit << 4) | static_cast<std::uint32_t>(digit);
  }
  return true;
}

bool JsonScanner::number(NumberToken& token) {
  const char* const begin = at_;
  token.integer = true;
  accept('-');
  if (!is_digit(peek())) return fail("a digit");
  if (!accept('0')) {
    while (is_digit(peek())) ++at_;
  } else if (is_digit(peek())) {
    return fail("no digit after a leading zero");
  }
  if (accept('.')) {
    token.integer = false;
    if (!is_digit(peek())) return fail("a digit after the decimal point");
    while (is_digit(peek())) ++at_;
  }
  if (peek() == 'e' || peek() == 'E') {
    ++at_;
    token.integer = false;
    if (peek() == '+' || peek() == '-') ++at_;
    if (!is_digit(peek())) return fail("a digit in the exponent");
    while (is_digit(peek())) ++at_;
  }
  token.raw = {begin, at_};
  return true;
}

bool JsonScanner::literal(std::string_view word) {
  if (static_cast<std::size_t>(end_ - at_) < word.size() ||
      std::memcmp(at_, word.data(), word.size()) != 0) {
    return fail("a value");
  }
  at_ += word.size();
  return true;
}

bool JsonScanner::scalar(ValueTraits& traits) {
  switch (peek()) {
    case '"': {
      StringToken token;
      if (!string(token)) return false;
      traits.bad_text |= token.bad_text;
      return true;
    }
    case 't':
      return literal("true");
    case 'f':
      return literal("false");
    case 'n':
      return literal("null");
    default: {
      if (peek() != '-' && !is_digit(peek())) return fail("a value");
      NumberToken token;
      return number(token);
    }
  }
}

void JsonScanner::open(bool object) {
  if (depth_ != 0 && depth_ % 64 == 0) older_brackets_.push_back(brackets_);
  brackets_ = (brackets_ << 1) | (object ? 1U : 0U);
  ++depth_;
  if (object && depth_ <= kDepthMax) first_key_[depth_] = keys_count_;
}

void JsonScanner::close() {
  assert(depth_ > 0);
  if (in_object() && depth_ <= kDepthMax) keys_count_ = first_key_[depth_];
  --depth_;
  if (depth_ != 0 && depth_ % 64 == 0) {
    assert(!older_brackets_.empty());
    brackets_ = older_brackets_.back();
    older_brackets_.pop_back();
  } else {
    brackets_ >>= 1;
  }
}

void JsonScanner::remember(const StringToken& key, ValueTraits& traits) {
  if (depth_ > kDepthMax) return;  // too deep to be taken
  if (key.escaped || keys_count_ == kKeysMax) {
    traits.repeated_keys_likely = true;
    return;
  }
  const std::uint64_t mark = mark_of(key.raw);
  bool seen = false;
  for (std::size_t i = first_key_[depth_]; i < keys_count_; ++i) seen |= keys_[i] == mark;
  traits.repeated_keys_likely |= seen;
  keys_[keys_count_++] = mark;
}

bool JsonScanner::key(ValueTraits& traits) {
  StringToken token;
  if (peek() != '"') return fail("a key in quotes");
  if (!string(token)) return false;
  traits.bad_text |= token.bad_text;
  remember(token, traits);
  note_space(traits);
  if (!expect(':', "a colon after the key")) return false;
  note_space(traits);
  return true;
}

/// Behind a value: passes closing brackets up to a comma, or to the end of the outermost value.
bool JsonScanner::close_or_next(ValueTraits& traits, bool& finished) {
  for (;;) {
    finished = depth_ == 0;
    if (finished) return true;
    note_space(traits);
    const bool object = in_object();
    if (accept(',')) {
      note_space(traits);
      return !object || key(traits);
    }
    if (!expect(object ? '}' : ']', object ? "a comma or }" : "a comma or ]")) return false;
    close();
  }
}

bool JsonScanner::value(ValueTraits& traits) {
  depth_ = 0;
  keys_count_ = 0;
  older_brackets_.clear();
  for (bool finished = false; !finished;) {
    const char first = peek();
    const bool object = first == '{';
    if (object || first == '[') {
      ++at_;
      open(object);
      traits.depth_max = std::max(traits.depth_max, depth_);
      note_space(traits);
      if (!accept(object ? '}' : ']')) {
        if (object && !key(traits)) return false;
        continue;
      }
      close();
    } else if (!scalar(traits)) {
      return false;
    }
    if (!close_or_next(traits, finished)) return false;
  }
  return true;
}

std::string describe(const SyntaxError& error, const char* begin, const char* end) {
  assert(begin <= error.at && error.at <= end && error.expected != nullptr);
  std::string found = "the end";
  if (error.at < end) {
    const auto byte = static_cast<unsigned char>(*error.at);
    found = byte > ' ' && byte < 0x7F
                ? std::string("'") + *error.at + "'"
                : "the byte 0x" + std::string(1, "0123456789abcdef"[byte >> 4]) +
                      "0123456789abcdef"[byte & 15];
  }
  return "byte " + std::to_string(error.at - begin) + ": expected " + error.expected + ", found " +
         found;
}

}  // namespace tidemark::wire
