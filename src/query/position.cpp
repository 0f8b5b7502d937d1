#include "query/position.hpp"

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/base64.hpp"
#include "base/check.hpp"
#include "base/hash.hpp"
#include "event/limits.hpp"
#include "wire/text_kernels.hpp"

namespace tidemark::query {
namespace {

void put(std::uint64_t value, std::string& out) {
  for (int shift = 56; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(value >> static_cast<unsigned>(shift) & 255U));
  }
}

std::uint64_t get(std::string_view bytes, std::size_t at) {
  assert(at + 8 <= bytes.size());
  std::uint64_t value = 0;
  for (std::size_t i = at; i < at + 8; ++i)
    value = value << 8U | static_cast<unsigned char>(bytes[i]);
  return value;
}

/// Distinguishes a typing error from a cursor; forging one gains nothing.
std::uint64_t hash_of(std::string_view bytes) {
  return base::hash64(std::as_bytes(std::span(bytes)));
}

std::uint64_t filters_hash(const ListEvents& question) {
  std::string filters;
  put(static_cast<std::uint64_t>(question.scope.project), filters);
  const auto put_optional = [&filters](bool there, std::int64_t value) {
    filters.push_back(there ? '1' : '0');
    put(static_cast<std::uint64_t>(there ? value : 0), filters);
  };
  put_optional(question.from.has_value(), question.from.value_or(0));
  put_optional(question.to.has_value(), question.to.value_or(0));
  const bool by_day = question.from_day || question.to_day;
  put_optional(question.from_day.has_value(), question.from_day.value_or(event::LocalDay{}).days);
  put_optional(question.to_day.has_value(), question.to_day.value_or(event::LocalDay{}).days);
  if (by_day) filters += question.scope.zone->name();
  filters.push_back(question.descending ? 'd' : 'a');
  for (const auto& condition : question.scope.segment.conditions) {
    const auto text = to_string(condition);
    put(text.size(), filters);
    filters += text;
  }
  return hash_of(filters);
}

// A cursor: version, hash of the filters, occurred_at, position, event id, and the hash of all
// that.
constexpr char kCursorVersion = 1;
constexpr std::size_t kCursorFixedBytes = 1 + 4 * 8;

// In base64url: 8 bytes; and 2 of the shard, 8 of the milliseconds, 8 of the number.
constexpr std::size_t kSequenceTextBytes = 11;
constexpr std::size_t kStreamTextBytes = 24;
constexpr std::uint32_t kShardMax = 0xffff;  // of which there is room in a position

base::Error not_ours(std::string_view what) {
  return {base::ErrorCode::InvalidInput,
          "this service did not give this value: expected " + std::string(what)};
}

}  // namespace

std::string position_text(event::Sequence position, PositionTag tag) {
  std::string bytes;
  put(tagged(position, tag), bytes);
  return base::to_base64(bytes);
}

std::string position_text(const Position& position, PositionTag tag) {
  const auto* entry = std::get_if<event::EntryId>(&position);
  if (entry == nullptr) return position_text(std::get<event::Sequence>(position), tag);
  TIDEMARK_CHECK(entry->shard <= kShardMax);
  std::string bytes{static_cast<char>(entry->shard >> 8U), static_cast<char>(entry->shard & 255U)};
  put(entry->millis, bytes);
  put(entry->number, bytes);
  return base::to_base64(bytes);
}

base::Result<Position> parse_position(std::string_view text) {
  const bool long_enough = text.size() == kSequenceTextBytes || text.size() == kStreamTextBytes;
  const auto bytes = long_enough ? base::from_base64(text) : std::nullopt;
  if (!bytes || (text.size() == kSequenceTextBytes && get(*bytes, 0) == event::kNoSequence)) {
    return not_ours("a position from an answer to POST /events, like AAAAAAAAB1c");
  }
  if (text.size() == kSequenceTextBytes) return Position{get(*bytes, 0)};
  const auto byte_at = [&](std::size_t at) { return static_cast<unsigned char>((*bytes)[at]); };
  return Position{event::EntryId{.shard = static_cast<std::uint32_t>(byte_at(0)) << 8U | byte_at(1),
                                 .millis = get(*bytes, 2),
                                 .number = get(*bytes, 10)}};
}

std::string cursor_text(const ListEvents& question, const ListEvents::After& after) {
  assert(!after.event_id.empty() && after.event_id.size() <= event::kEventIdBytesMax);
  std::string bytes(1, kCursorVersion);
  put(filters_hash(question), bytes);
  put(static_cast<std::uint64_t>(after.occurred_at), bytes);
  put(after.position, bytes);
  bytes += after.event_id;
  put(hash_of(bytes), bytes);
  return base::to_base64(bytes);
}

base::Result<ListEvents::After> parse_cursor(std::string_view text, const ListEvents& question) {
  constexpr std::size_t kTextBytesMax = (kCursorFixedBytes + event::kEventIdBytesMax) * 4 / 3 + 1;
  const auto bytes = text.size() <= kTextBytesMax ? base::from_base64(text) : std::nullopt;
  const auto content = bytes && bytes->size() > kCursorFixedBytes
                           ? std::string_view(*bytes).substr(0, bytes->size() - 8)
                           : std::string_view{};
  if (content.empty() || content[0] != kCursorVersion ||
      get(*bytes, content.size()) != hash_of(content) || !wire::is_utf8(content.substr(25))) {
    return not_ours("next_cursor of an earlier page");
  }
  if (get(content, 1) != filters_hash(question)) {
    return base::Error{
        base::ErrorCode::InvalidInput,
        "the cursor was made for other filters or another order: expected the filters and "
        "the order of the page that gave the cursor"};
  }
  return ListEvents::After{.occurred_at = static_cast<event::Micros>(get(content, 9)),
                           .event_id = std::string(content.substr(25)),
                           .position = get(content, 17)};
}

}  // namespace tidemark::query
