#pragma once

/// JSON read in the slowest and plainest way: the word against which the fast reader is held.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark::fuzz {

struct Node {
  enum class Kind { Object, Array, String, Number, Word } kind = Kind::Word;
  std::string text;               // as sent; of a string with its quotes
  std::vector<std::string> keys;  // of an object: as sent, without quotes
  std::vector<Node> children;     // of an object one for each key
};

/// Nothing where the text is not one JSON value. Nothing either beyond `kDepthMax` levels: look at
/// `too_deep`, then this reference has no opinion.
inline constexpr int kDepthMax = 100;
std::optional<Node> read_reference(std::string_view text, bool& too_deep);

/// What a string's raw text means, in UTF-16 code units: unpaired surrogates stay visible.
std::u16string meaning(std::string_view raw);

/// The value without white space, of repeated keys the last.
std::string canonical(const Node& node);

}  // namespace tidemark::fuzz
