#pragma once

/// The monthly partitions of the events.

#include <compare>
#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "clients/postgres/connection.hpp"

namespace tidemark::ledger::postgres {

/// A month in UTC that has its own partition: 2000-01 to 2099-12. All time before has one
/// partition, and so has all time after, so that no sender's clock can make more than
/// kPartitionsMax.
struct Month {
  std::int32_t since_2000 = 0;
  auto operator<=>(const Month&) const = default;
};

inline constexpr std::size_t kPartitionsMax = 1'200 + 2;

/// None: before 2000 or from 2100 on, where the partition always exists.
std::optional<Month> month_of(base::Micros occurred_at);

/// "event_2025_08"
std::string partition_name(Month month);

/// Makes partitions before their first event comes.
///
/// Promise:  readers and writers of other months go on meanwhile: a table is made separately and
///           then attached, which locks none of them out. Several processes may make the same
///           partition.
/// Threads:  one at a time.
/// Cost:     nothing for a month that exists; 10 ms for a new one.
class Partitions {
 public:
  /// Call it outside of a transaction. After an error none of the missing `months` was made.
  base::Status make(clients::postgres::Connection& connection, const std::set<Month>& months);

  /// Makes this month and the `ahead` next ones, so that no batch has to at the turn of a month.
  base::Status make_ahead(clients::postgres::Connection& connection, base::Micros now,
                          std::int32_t ahead = 2);

 private:
  std::set<Month> known_;
};

}  // namespace tidemark::ledger::postgres
