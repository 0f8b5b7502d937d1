#include "files/version_file.hpp"

#include <charconv>
#include <optional>
#include <span>

#include "base/hash.hpp"

namespace tidemark::files {
namespace {

using base::Error;
using base::ErrorCode;

constexpr int kFormat = 1;
constexpr std::string_view kFormatLine = "tidemark-data ";
constexpr std::string_view kKeyLine = "id_key ";
constexpr std::string_view kEpochLine = "epoch ";
constexpr std::string_view kReachedLine = "reached ";
constexpr std::string_view kChecksumLine = "checksum ";

std::string hex(std::span<const std::byte> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const auto byte : bytes) {
    out += kDigits[std::to_integer<std::size_t>(byte) >> 4];
    out += kDigits[std::to_integer<std::size_t>(byte) & 15];
  }
  return out;
}

bool from_hex(std::string_view text, std::span<std::byte> into) {
  if (text.size() != into.size() * 2) return false;
  for (std::size_t i = 0; i < into.size(); ++i) {
    unsigned value = 0;
    const auto* begin = text.data() + 2 * i;
    const auto [end, error] = std::from_chars(begin, begin + 2, value, 16);
    if (error != std::errc{} || end != begin + 2) return false;
    into[i] = static_cast<std::byte>(value);
  }
  return true;
}

template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Takes a line that begins with `name` from the front of `text`: what follows the name.
std::optional<std::string_view> take_line(std::string_view& text, std::string_view name) {
  const auto line = text.substr(0, text.find('\n'));
  if (!line.starts_with(name)) return std::nullopt;
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  return line.substr(name.size());
}

std::string checksum_of(std::string_view text) {
  const auto hash = base::hash64(std::as_bytes(std::span(text)));
  return hex(std::as_bytes(std::span(&hash, 1)));
}

/// The lines after the key.
bool read_proof(std::string_view text, std::string_view rest, Version& into) {
  const auto epoch = take_line(rest, kEpochLine);
  const auto reached = take_line(rest, kReachedLine);
  const auto covered = text.substr(0, text.size() - rest.size());
  const auto checksum = take_line(rest, kChecksumLine);
  if (!epoch || !reached || checksum != checksum_of(covered) || !rest.empty()) return false;
  const auto space = epoch->find(' ');
  if (space == std::string_view::npos) return false;
  const auto number = number_of<std::uint32_t>(epoch->substr(0, space));
  const auto tag = number_of<std::uint16_t>(epoch->substr(space + 1));
  const auto count = number_of<std::uint64_t>(*reached);
  if (!number || !tag || !count) return false;
  into.epoch = {.number = *number, .tag = *tag};
  into.reached = *count;
  into.checked = true;
  return true;
}

}  // namespace

std::string version_text(const Version& version) {
  std::string text(kFormatLine);
  text += std::to_string(kFormat) + "\n" + std::string(kKeyLine) + hex(version.id_key) + "\n";
  text += std::string(kEpochLine) + std::to_string(version.epoch.number) + " " +
          std::to_string(version.epoch.tag) + "\n";
  text += std::string(kReachedLine) + std::to_string(version.reached) + "\n";
  return text + std::string(kChecksumLine) + checksum_of(text) + "\n";
}

base::Result<Version> parse_version(std::string_view text) {
  const Error damaged(ErrorCode::Corrupt,
                      "is damaged; put it back from a backup: without its key no event id is known "
                      "again");
  std::string_view rest = text;
  const auto format = take_line(rest, kFormatLine);
  const auto number = format ? number_of<int>(*format) : std::nullopt;
  if (!number) return damaged;
  if (*number > kFormat) {
    return Error{ErrorCode::Conflict, "was written by a newer Tidemark (format " +
                                          std::to_string(*number) + ", this one reads up to " +
                                          std::to_string(kFormat) + "); start that one"};
  }
  Version version;
  const auto key = take_line(rest, kKeyLine);
  if (!key || !from_hex(*key, version.id_key)) return damaged;
  if (!rest.empty() && !read_proof(text, rest, version)) return damaged;
  return version;
}

}  // namespace tidemark::files
