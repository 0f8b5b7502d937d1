#pragma once

/// The ids of the events in a text that the service wrote.

#include <string>
#include <string_view>
#include <vector>

namespace tidemark::testing_support {

/// In their order, from NDJSON, JSON or server-sent events.
inline std::vector<std::string> ids_in(const std::string& text) {
  constexpr std::string_view kMark = "\"event_id\":\"";
  std::vector<std::string> ids;
  for (auto at = text.find(kMark); at != std::string::npos; at = text.find(kMark, at + 1)) {
    const auto begin = at + kMark.size();
    ids.push_back(text.substr(begin, text.find('"', begin) - begin));
  }
  return ids;
}

}  // namespace tidemark::testing_support
