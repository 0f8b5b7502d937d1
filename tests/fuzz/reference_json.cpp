#include "reference_json.hpp"

namespace tidemark::fuzz {
namespace {

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool value(Node& node, int depth) {
    if (depth > kDepthMax) {
      too_deep = true;
      return false;
    }
    const std::size_t begin = at_;
    const char first = next();
    bool good = false;
    if (first == '{') {
      good = object(node, depth);
    } else if (first == '[') {
      good = array(node, depth);
    } else if (first == '"') {
      node.kind = Node::Kind::String;
      good = string();
    } else if (first == '-' || digit(first)) {
      node.kind = Node::Kind::Number;
      good = number();
    } else {
      node.kind = Node::Kind::Word;
      good = word("true") || word("false") || word("null");
    }
    node.text = text_.substr(begin, at_ - begin);
    return good;
  }
  void space() {
    while (at_ < text_.size() &&
           std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos)
      ++at_;
  }
  [[nodiscard]] bool done() const { return at_ == text_.size(); }

  bool too_deep = false;

 private:
  static bool digit(char c) { return c >= '0' && c <= '9'; }
  [[nodiscard]] char next() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char c) {
    if (next() != c || at_ == text_.size()) return false;
    ++at_;
    return true;
  }
  bool word(std::string_view expected) {
    if (text_.substr(at_, expected.size()) != expected) return false;
    at_ += expected.size();
    return true;
  }
  bool digits() {
    const std::size_t begin = at_;
    while (digit(next())) ++at_;
    return at_ > begin;
  }
  bool number() {
    take('-');
    if (!take('0') && !digits()) return false;
    if (take('.') && !digits()) return false;
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      if (!digits()) return false;
    }
    return true;
  }
  bool string() {
    if (!take('"')) return false;
    for (;;) {
      if (done()) return false;
      const char c = text_[at_++];
      if (c == '"') return true;
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c != '\\') continue;
      if (done()) return false;
      const char kind = text_[at_++];
      if (kind == 'u') {
        for (int i = 0; i < 4; ++i) {
          if (std::string_view("0123456789abcdefABCDEF").find(next()) == std::string_view::npos)
            return false;
          if (done()) return false;
          ++at_;
        }
      } else if (std::string_view("\"\\/bfnrt").find(kind) == std::string_view::npos) {
        return false;
      }
    }
  }
  bool object(Node& node, int depth) {
    node.kind = Node::Kind::Object;
    take('{');
    space();
    if (take('}')) return true;
    for (;;) {
      const std::size_t begin = at_;
      if (!string()) return false;
      node.keys.emplace_back(text_.substr(begin + 1, at_ - begin - 2));
      space();
      if (!take(':')) return false;
      space();
      if (!value(node.children.emplace_back(), depth + 1)) return false;
      space();
      if (take('}')) return true;
      if (!take(',')) return false;
      space();
    }
  }
  bool array(Node& node, int depth) {
    node.kind = Node::Kind::Array;
    take('[');
    space();
    if (take(']')) return true;
    for (;;) {
      if (!value(node.children.emplace_back(), depth + 1)) return false;
      space();
      if (take(']')) return true;
      if (!take(',')) return false;
      space();
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<Node> read_reference(std::string_view text, bool& too_deep) {
  Reader reader{text};
  Node node;
  reader.space();
  const bool good = reader.value(node, 1);
  too_deep = reader.too_deep;
  reader.space();
  if (!good || !reader.done()) return std::nullopt;
  return node;
}

std::u16string meaning(std::string_view raw) {
  std::u16string units;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '\\') {
      // Bytes of UTF-8 are kept apart from code units below 0x80 that an escape may give: a
      // character is compared as its bytes in the private range.
      const auto byte = static_cast<unsigned char>(raw[i]);
      if (byte < 0x80) {
        units += static_cast<char16_t>(byte);
        continue;
      }
      const int more = byte >= 0xF0 ? 3 : byte >= 0xE0 ? 2 : 1;
      std::uint32_t code = byte & (0x3F >> more);
      for (int k = 0; k < more; ++k)
        code = (code << 6) | (static_cast<unsigned char>(raw[++i]) & 0x3F);
      if (code >= 0x10000) {
        units += static_cast<char16_t>(0xD800 + ((code - 0x10000) >> 10));
        units += static_cast<char16_t>(0xDC00 + ((code - 0x10000) & 0x3FF));
      } else {
        units += static_cast<char16_t>(code);
      }
      continue;
    }
    const char kind = raw[++i];
    if (kind == 'u') {
      units += static_cast<char16_t>(std::stoul(std::string(raw.substr(i + 1, 4)), nullptr, 16));
      i += 4;
    } else {
      constexpr std::string_view kFrom = "bfnrt";
      const std::size_t place = kFrom.find(kind);
      units += static_cast<char16_t>(place == std::string_view::npos ? kind : "\b\f\n\r\t"[place]);
    }
  }
  return units;
}

std::string canonical(const Node& node) {
  if (node.kind == Node::Kind::Array) {
    std::string out = "[";
    for (const Node& element : node.children) {
      if (out.size() > 1) out += ',';
      out += canonical(element);
    }
    return out + "]";
  }
  if (node.kind != Node::Kind::Object) return node.text;
  std::string out = "{";
  for (std::size_t i = 0; i < node.keys.size(); ++i) {
    bool again = false;
    for (std::size_t k = i + 1; k < node.keys.size(); ++k) {
      again = again || meaning(node.keys[k]) == meaning(node.keys[i]);
    }
    if (again) continue;
    if (out.size() > 1) out += ',';
    out += '"' + node.keys[i] + "\":" + canonical(node.children[i]);
  }
  return out + "}";
}

}  // namespace tidemark::fuzz
