#include "wire/content_type.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace tidemark::wire {
namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::string lower(std::string_view text) {
  std::string small(text);
  std::transform(small.begin(), small.end(), small.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  return small;
}

/// Whether there is only "; charset=utf-8"; an empty parameter is ignored.
bool is_utf8_charset(std::string_view parameter) {
  const std::size_t equals = parameter.find('=');
  if (equals == std::string_view::npos) return parameter.empty();
  std::string_view value = trimmed(parameter.substr(equals + 1));
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
    value = value.substr(1, value.size() - 2);
  }
  return trimmed(parameter.substr(0, equals)) == "charset" && (value == "utf-8" || value == "utf8");
}

std::optional<Format> format_named(std::string_view type) {
  constexpr std::array<std::string_view, 3> kNdjson{"application/x-ndjson", "application/ndjson",
                                                    "application/jsonl"};
  if (std::find(kNdjson.begin(), kNdjson.end(), type) != kNdjson.end()) return Format::Ndjson;
  const bool suffixed = type.starts_with("application/") && type.ends_with("+json") &&
                        type.size() > std::string_view("application/+json").size();
  // A body that its sender calls bytes or text is recognised by its first bytes.
  const bool anything = type == "application/octet-stream" || type == "text/plain";
  if (type == "application/json" || suffixed || anything) return Format::Json;
  return std::nullopt;
}

}  // namespace

std::optional<Format> format_of(std::string_view content_type) {
  const std::string small = lower(trimmed(content_type));
  std::string_view rest = small;
  if (rest.empty()) return Format::Json;
  const std::size_t type_end = std::min(rest.find(';'), rest.size());
  const std::optional<Format> format = format_named(trimmed(rest.substr(0, type_end)));
  rest.remove_prefix(type_end);
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const std::size_t end = std::min(rest.find(';'), rest.size());
    if (!is_utf8_charset(trimmed(rest.substr(0, end)))) return std::nullopt;
    rest.remove_prefix(end);
  }
  return format;
}

}  // namespace tidemark::wire
