#include "clients/duckdb/error.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>

namespace tidemark::clients::duckdb {
namespace {

constexpr std::string_view kIoError = "IO Error: ";

// A message may contain a whole value of the file that it complains about, such as somebody's
// properties. The explanation is before and after the value.
std::string without_long_value(std::string_view message) {
  constexpr std::size_t kBegin = 200;
  constexpr std::size_t kEnd = 100;
  if (message.size() <= kBegin + kEnd) return std::string(message);
  const auto is_within_character = [&](std::size_t at) { return (message[at] & 0xC0) == 0x80; };
  std::size_t begin = kBegin;
  while (begin > 0 && is_within_character(begin)) --begin;
  std::size_t end = message.size() - kEnd;
  while (end < message.size() && is_within_character(end)) ++end;
  return std::string(message.substr(0, begin)) + "…" + std::string(message.substr(end));
}

// Whether an "IO Error" tells what the operating system refused, and not what a file contains: the
// library has dozens of messages for a damaged Parquet file, and only these for the system.
bool is_of_the_system(std::string_view message) {
  const std::string_view said = message.substr(std::min(message.size(), kIoError.size()));
  for (const std::string_view refused :
       {"Cannot open file", "Could not read from file", "Could not write", "Could not fsync",
        "Could not seek", "Could not get", "Could not truncate", "Could not rename",
        "Could not remove", "Could not set lock", "Failed to create", "Failed to get",
        "Failed to write", "Failed to open", "Failed to stat", "fsync failed", "No files found"}) {
    if (said.starts_with(refused)) return true;
  }
  return false;
}

// Whether a single allocation, "of size 128.0 GiB (645.3 KiB/256.0 MiB used)", exceeds the limit
// for all: waiting does not help, and while reading a file such a size comes from damage.
bool asks_more_than_there_is(std::string_view message) {
  const auto bytes_behind = [message](std::string_view word) -> double {
    const auto at = message.rfind(word);
    if (at == std::string_view::npos) return 0;
    double number = 0;
    const auto text = message.substr(at + word.size());
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc()) return 0;
    const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
    for (const std::string_view larger : {" KiB", " MiB", " GiB", " TiB", " PiB", " EiB"}) {
      number *= 1024;
      if (unit.starts_with(larger)) return number;
    }
    return 0;
  };
  return bytes_behind("of size ") > bytes_behind("/");
}

}  // namespace

base::Error error_from(const char* text) {
  const std::string_view whole = text != nullptr ? text : "Unknown Error";
  const auto message = whole.substr(0, whole.find('\n'));
  const auto kind = message.substr(0, message.find(" Error"));
  auto code = base::ErrorCode::Unavailable;
  for (const std::string_view ours :
       {"Invalid Input", "Conversion", "Parser", "Binder", "Catalog", "Out of Range",
        "Mismatch Type", "Syntax", "Not implemented", "Invalid", "Serialization", "INTERNAL"}) {
    if (kind == ours) code = base::ErrorCode::InvalidInput;
  }
  if (message.starts_with(kIoError) && !is_of_the_system(message)) {
    code = base::ErrorCode::InvalidInput;
  }
  if (kind == "INTERRUPT") code = base::ErrorCode::TimedOut;
  if (kind == "Out of Memory" || message.find("std::bad_alloc") != std::string_view::npos) {
    code =
        asks_more_than_there_is(message) ? base::ErrorCode::TooLarge : base::ErrorCode::Overloaded;
  }
  return base::Error::foreign(code, without_long_value(message));
}

}  // namespace tidemark::clients::duckdb
