#pragma once

/// The two kinds of event id: a UUID, whose case does not matter, and any other text.

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tidemark::event {

/// 128 bits in the order of the text.
struct Uuid {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  auto operator<=>(const Uuid&) const = default;
};

inline constexpr std::size_t kUuidTextBytes = 36;

/// The 8-4-4-4-12 form in any case, and no other form.
std::optional<Uuid> parse_uuid(std::string_view text);

/// The canonical form: lower case. `out` has room for kUuidTextBytes.
void write_uuid(Uuid uuid, char* out);

/// Whether a UUID's text (one that parse_uuid accepts) has a capital letter.
bool has_capitals(std::string_view uuid_text);

}  // namespace tidemark::event
