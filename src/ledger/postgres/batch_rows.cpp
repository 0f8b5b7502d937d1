#include "ledger/postgres/batch_rows.hpp"

#include <algorithm>
#include <cassert>
#include <tuple>
#include <utility>

#include "base/hash.hpp"

namespace tidemark::ledger::postgres {
namespace {

std::vector<const EntryEvents*> sorted_entries(std::span<const EntryEvents> batch) {
  std::vector<const EntryEvents*> entries;
  entries.reserve(batch.size());
  for (const auto& each : batch) entries.push_back(&each);
  const auto entry_of = [](const EntryEvents* each) { return each->entry; };
  std::ranges::stable_sort(entries, {}, entry_of);
  const auto repeated = std::ranges::unique(entries, {}, entry_of);
  entries.erase(repeated.begin(), repeated.end());
  return entries;
}

KeyedRow keyed(const event::Row& row, const EntryEvents& entry, const event::IdHasher& hasher) {
  KeyedRow keyed{.row = &row, .entry = &entry};
  if (const auto uuid = event::parse_uuid(row.id)) {
    keyed.key = *uuid;
    keyed.is_uuid = true;
  } else {
    const auto hash = hasher.hash_text(entry.project, row.id);
    keyed.key = {.high = hash.high, .low = hash.low};
  }
  return keyed;
}

auto order_of(const KeyedRow& row) { return std::tuple(row.key, row.entry->project, row.place); }

}  // namespace

BatchRows lay_out(std::span<const EntryEvents> batch, const event::IdHasher& hasher) {
  BatchRows out;
  out.sources = sorted_entries(batch);
  std::vector<event::Uuid> keys;
  for (const auto* source : out.sources) {
    keys.clear();
    for (const auto& row : source->rows) {
      auto& added = out.rows.emplace_back(keyed(row, *source, hasher));
      assert(std::in_range<std::int32_t>(out.rows.size()));
      added.place = static_cast<std::int32_t>(out.rows.size() - 1);
      keys.push_back(added.key);
      if (const auto month = month_of(row.occurred_at)) out.months.insert(*month);
    }
    const auto content = base::hash64(std::as_bytes(std::span(keys)));
    out.entries.shards.push_back(source->entry.shard);
    out.entries.millis.push_back(static_cast<std::int64_t>(source->entry.millis));
    out.entries.numbers.push_back(static_cast<std::int64_t>(source->entry.number));
    out.entries.contents.push_back(static_cast<std::int64_t>(content));
  }
  return out;
}

void leave_out(BatchRows& rows, const std::vector<bool>& places) {
  assert(places.size() == rows.rows.size());
  std::size_t kept = 0;
  for (std::size_t at = 0; at < rows.rows.size(); ++at) {
    if (!places[at]) rows.rows[kept++] = rows.rows[at];
  }
  rows.rows.resize(kept);
}

std::size_t keep_new(BatchRows& rows, const std::vector<bool>& is_new) {
  assert(is_new.size() == rows.sources.size());
  std::vector<const EntryEvents*> known;
  for (std::size_t at = 0; at < is_new.size(); ++at) {
    if (!is_new[at]) known.push_back(rows.sources[at]);
  }
  std::ranges::sort(known);
  std::erase_if(rows.rows,
                [&](const KeyedRow& row) { return std::ranges::binary_search(known, row.entry); });
  const std::size_t count = rows.rows.size();
  std::ranges::sort(rows.rows, {}, order_of);
  const auto repeated = std::ranges::unique(
      rows.rows, {}, [](const KeyedRow& row) { return std::tuple(row.key, row.entry->project); });
  rows.rows.erase(repeated.begin(), repeated.end());
  return count;
}

}  // namespace tidemark::ledger::postgres
