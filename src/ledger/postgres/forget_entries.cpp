#include "ledger/postgres/forget_entries.hpp"

namespace tidemark::ledger::postgres {

base::Result<std::uint64_t> forget_entries(clients::postgres::Connection& connection,
                                           const ForgetBounds& bounds) {
  auto removed = connection.exec(
      "DELETE FROM stream_entry USING generate_series(0, $1::bigint - 1) AS shards (shard), "
      "LATERAL (SELECT entry_millis, entry_number FROM stream_entry AS entry "
      "WHERE entry.shard = shards.shard::integer AND entry.entry_millis < $2::bigint "
      "ORDER BY entry_millis, entry_number LIMIT $3::bigint) AS old "
      "WHERE stream_entry.shard = shards.shard::integer "
      "AND stream_entry.entry_millis = old.entry_millis "
      "AND stream_entry.entry_number = old.entry_number",
      {std::int64_t{bounds.shards}, static_cast<std::int64_t>(bounds.before_millis),
       static_cast<std::int64_t>(bounds.entries_max)});
  if (!removed) return removed.error().while_doing("removing the names of old entries");
  return removed->affected();
}

}  // namespace tidemark::ledger::postgres
