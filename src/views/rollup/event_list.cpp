#include "views/rollup/event_list.hpp"

#include "contract/reference.hpp"

namespace tidemark::views::rollup {

std::vector<event::StoredRow> EventList::rows(std::size_t first, std::size_t end) const {
  std::vector<event::StoredRow> rows;
  for (std::size_t i = first; i < end; ++i) {
    event::StoredRow row;
    row.user_id = events_[i].user;
    row.event_type = events_[i].type;
    row.occurred_at = events_[i].at;
    row.sequence = i;
    rows.push_back(row);
  }
  return rows;
}

query::Answer expected_answer(const contract::Asked& asked, const EventList& list,
                              std::size_t position) {
  static contract::LocalDays days;
  std::vector<contract::KnownEvent> known;
  for (std::size_t i = 0; i < position; ++i) {
    const EventList::Event& event = list.events()[i];
    known.push_back(
        {.id = {}, .at = event.at, .user = event.user, .type = event.type, .properties = {}});
  }
  return contract::reference_answer(asked, known, days);
}

}  // namespace tidemark::views::rollup
