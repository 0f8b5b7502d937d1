#pragma once

/// For tests: bodies with the necessary padding, and the results of decoding them.

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "wire/decode.hpp"

namespace tidemark::wire {

inline constexpr base::Micros kTestNow = 1'754'042'400 * base::kMicrosPerSecond;

inline const event::IdHasher& test_hasher() {
  static const event::IdHasher kHasher{event::IdHasher::Key{}};
  return kHasher;
}

inline DecodeOptions test_options() {
  return {.project = event::ProjectId::Default, .now = kTestNow, .hasher = test_hasher()};
}

/// The padding is full of quotes and brackets: code that looks at it gets a wrong answer.
inline Body body_of(std::string_view text) {
  const std::size_t bytes = text.size() + kBodyPaddingBytes;
  std::shared_ptr<char[]> bytes_kept(new char[bytes]);
  std::copy(text.begin(), text.end(), bytes_kept.get());
  constexpr std::string_view kTrap = "\"}],0\":";
  for (std::size_t i = text.size(); i < bytes; ++i) bytes_kept[i] = kTrap[i % kTrap.size()];
  return {.text = {bytes_kept.get(), text.size()}, .owner = bytes_kept};
}

inline base::Result<Decoded> decode_json(std::string_view text) {
  return decode(body_of(text), Format::Json, test_options());
}

inline base::Result<Decoded> decode_ndjson(std::string_view text) {
  return decode(body_of(text), Format::Ndjson, test_options());
}

/// "2 occurred_at bad_timestamp", one per fault.
inline std::vector<std::string> faults_of(const Decoded& decoded) {
  std::vector<std::string> faults;
  for (const EventFault& fault : decoded.faults) {
    std::string text = std::to_string(fault.index) + ' ';
    if (!fault.field.empty()) text += fault.field + ' ';
    faults.push_back(text + std::string(to_string(fault.code)));
  }
  return faults;
}

}  // namespace tidemark::wire
