#pragma once

/// Positions and cursors as clients hold them: opaque text in the alphabet of base64url.

#include <cassert>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.hpp"
#include "event/entry_id.hpp"
#include "event/event.hpp"
#include "query/list_events.hpp"

namespace tidemark::query {

/// What a receipt tells and a client can wait for: a sequence of the ledger, or, with a queue
/// before the ledger, the entry that the events will come from.
using Position = std::variant<event::Sequence, event::EntryId>;

/// Names the counting of the ledger's sequences. It stands in the upper 16 bits of a position that
/// a client holds, so that a position of an earlier counting is not taken for one of this counting.
/// See files::Epoch.
using PositionTag = std::uint16_t;

/// A sequence as clients hold it.
constexpr event::Sequence tagged(event::Sequence sequence, PositionTag tag) {
  assert(tag == 0 || sequence >> 48U == 0);
  return sequence | event::Sequence{tag} << 48U;
}
constexpr PositionTag tag_of(event::Sequence told) { return static_cast<PositionTag>(told >> 48U); }
constexpr event::Sequence without_tag(event::Sequence told) {
  return told & ((event::Sequence{1} << 48U) - 1);
}

/// "AAAAAAAAB1c": eleven characters, valid for ever. The text of a queue entry has 24.
std::string position_text(event::Sequence position, PositionTag tag = 0);
/// A queue entry has no tag.
std::string position_text(const Position& position, PositionTag tag = 0);
/// A sequence with its tag, see `tag_of`. InvalidInput for a text that `position_text` cannot have
/// written.
base::Result<Position> parse_position(std::string_view text);

/// Where the next page of `question` begins. The text carries a hash of the filters and the order
/// but not of the limit: a client may change the limit from page to page.
std::string cursor_text(const ListEvents& question, const ListEvents::After& after);
/// InvalidInput for a text that is not a cursor of ours, and for a cursor of another question.
base::Result<ListEvents::After> parse_cursor(std::string_view text, const ListEvents& question);

}  // namespace tidemark::query
