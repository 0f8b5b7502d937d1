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

/// A month in UTC that has a partition of its own: 2000-01 to 2099-12. What lies before or behind
/// has one for all of it, so that no sender's clock can make more than kPartitionsMax.
struct Month {
  std::int32_t since_2000 = 0;
  auto operator<=>(const Month&) const = default;
};

inline constexpr std::size_t kPartitionsMax = 1'200 + 2;

/// None: before 2000 or from 2100 on, where the partition is always there.
std::optional<Month> month_of(base::Micros occurred_at);

/// "event_2025_08"
std::string partition_name(Month month);

/// Makes partitions before their first event comes.
///
/// Promise:  readers and writers of other months go on meanwhile: a table is made beside and then
///           attached, which locks none of them out. Several processes may make the same one.
/// Threads:  one at a time.
/// Cost:     nothing for a month that was there before; 10 ms for a new one.
class Partitions {
 public:
  /// Outside of a transaction. On an error none of `months` was made that was not there.
  base::Status make(clients::postgres::Connection& connection, const std::set<Month>& months);

  /// This month and the `ahead` next ones, so that no batch has to at a turn of the month.
  base::Status make_ahead(clients::postgres::Connection& connection, base::Micros now,
                          std::int32_t ahead = 2);

 private:
  std::set<Month> known_;
};

}  // namespace tidemark::ledger::postgres
