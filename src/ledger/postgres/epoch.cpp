#include "ledger/postgres/epoch.hpp"

#include "event/event_id.hpp"

namespace tidemark::ledger::postgres {

std::string epoch_of(const clients::postgres::Row& row, std::size_t first) {
  std::string ledger(event::kUuidTextBytes, '\0');
  const auto id = row.uuid(first);
  event::write_uuid({.high = id.high, .low = id.low}, ledger.data());
  return ledger + "/" + std::to_string(row.integer(first + 1)) + "/" +
         std::string(row.text(first + 2));
}

}  // namespace tidemark::ledger::postgres
