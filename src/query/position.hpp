#pragma once

/// Positions and cursors as clients hold them: opaque text in the alphabet of base64url.

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "event/event.hpp"
#include "query/question.hpp"

namespace tidemark::query {

/// "AAAAAAAAB1c": eleven characters, valid for ever.
std::string position_text(event::Sequence position);
/// InvalidInput for what `position_text` cannot have written.
base::Result<event::Sequence> parse_position(std::string_view text);

/// Where the next page of `question` begins. It carries a hash of the filters and the order, but
/// not the limit: a client may change that from page to page.
std::string cursor_text(const ListEvents& question, const ListEvents::After& after);
/// InvalidInput for what is no cursor of ours, and for a cursor that was made for another question.
base::Result<ListEvents::After> parse_cursor(std::string_view text, const ListEvents& question);

}  // namespace tidemark::query
