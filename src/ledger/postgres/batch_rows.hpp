#pragma once

/// A batch as the writer needs it: its entries and rows in the order in which all writers lock.

#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <vector>

#include "event/event_id.hpp"
#include "ledger/postgres/writer.hpp"

namespace tidemark::ledger::postgres {

/// One row and its key.
struct KeyedRow {
  event::Uuid key = {};  ///< the id itself if it is a UUID, otherwise its hash
  bool is_uuid = false;
  std::int32_t place = 0;  ///< in the batch
  const event::Row* row = nullptr;
  const EntryEvents* entry = nullptr;
};

struct BatchRows {
  /// Sorted, each entry once; as columns, because they are values of a statement.
  struct Entries {
    std::vector<std::int64_t> shards, millis, numbers;
    std::vector<std::int64_t> contents;  ///< a hash of the entry's keys
  } entries;
  std::vector<const EntryEvents*> sources;  ///< for each entry
  std::vector<KeyedRow> rows;  ///< the rows of these entries, in the order in which they came
  std::set<Month> months;
};

BatchRows lay_out(std::span<const EntryEvents> batch, const event::IdHasher& hasher);

/// Removes the rows at these places of `rows`.
void leave_out(BatchRows& rows, const std::vector<bool>& places);

/// Keeps the rows of the new entries, each key once (its first row), sorted by key. Returns the
/// number of all rows of those entries.
std::size_t keep_new(BatchRows& rows, const std::vector<bool>& is_new);

}  // namespace tidemark::ledger::postgres
