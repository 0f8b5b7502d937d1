#pragma once

/// A batch laid out for the writer: its entries and rows in the order in which all writers lock.

#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <vector>

#include "event/event_id.hpp"
#include "ledger/postgres/writer.hpp"

namespace tidemark::ledger::postgres {

/// One row, and by what it is known.
struct KeyedRow {
  event::Uuid key = {};  ///< the id itself where it is a UUID, else its hash
  bool is_uuid = false;
  std::int32_t place = 0;  ///< in the batch
  const event::Row* row = nullptr;
  const EntryEvents* entry = nullptr;
};

struct BatchRows {
  /// Sorted, each entry once; as columns, so that they are values of a statement.
  struct Entries {
    std::vector<std::int64_t> shards, millis, numbers;
    std::vector<std::int64_t> contents;  ///< a hash of the entry's keys
  } entries;
  std::vector<const EntryEvents*> sources;  ///< of each entry
  std::vector<KeyedRow> rows;               ///< of those entries, as they came
  std::set<Month> months;
};

BatchRows lay_out(std::span<const EntryEvents> batch, const event::IdHasher& hasher);

/// Removes the rows at these places of `rows`.
void leave_out(BatchRows& rows, const std::vector<bool>& places);

/// Leaves the rows of the entries that are new, each key once (the first), sorted by key. How many
/// rows those entries have in all.
std::size_t keep_new(BatchRows& rows, const std::vector<bool>& is_new);

}  // namespace tidemark::ledger::postgres
