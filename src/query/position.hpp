#pragma once

/// Positions and cursors as clients hold them: opaque text in the alphabet of base64url.

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.hpp"
#include "event/entry_id.hpp"
#include "event/event.hpp"
#include "query/list_events.hpp"

namespace tidemark::query {

/// What a receipt tells, and what can be waited for: a sequence of the ledger's, or, where a queue
/// stands before the ledger, the entry that it will come from.
using Position = std::variant<event::Sequence, event::EntryId>;

/// Which counting of the ledger's sequences a client was told of: it stands in the upper 16 bits of
/// a position, so that none of an earlier counting is taken for one of this. See files::Epoch.
using PositionTag = std::uint16_t;

/// A sequence as clients hold it.
constexpr event::Sequence tagged(event::Sequence sequence, PositionTag tag) {
  return sequence | event::Sequence{tag} << 48U;
}
constexpr PositionTag tag_of(event::Sequence told) { return static_cast<PositionTag>(told >> 48U); }
constexpr event::Sequence without_tag(event::Sequence told) {
  return told & ((event::Sequence{1} << 48U) - 1);
}

/// "AAAAAAAAB1c": eleven characters, valid for ever. The entry of a queue has 24.
std::string position_text(event::Sequence position, PositionTag tag = 0);
/// The entry of a queue has no tag.
std::string position_text(const Position& position, PositionTag tag = 0);
/// A sequence with its tag, see `tag_of`. InvalidInput for what `position_text` cannot have
/// written.
base::Result<Position> parse_position(std::string_view text);

/// Where the next page of `question` begins. It carries a hash of the filters and the order, but
/// not the limit: a client may change that from page to page.
std::string cursor_text(const ListEvents& question, const ListEvents::After& after);
/// InvalidInput for what is not a cursor of ours, and for a cursor that was made for another
/// question.
base::Result<ListEvents::After> parse_cursor(std::string_view text, const ListEvents& question);

}  // namespace tidemark::query
