#include "ledger/local/merge_plan.hpp"

#include <cassert>
#include <cmath>

#include "base/check.hpp"
#include "ledger/local/sealed_ids.hpp"

namespace tidemark::ledger::local {
namespace {

/// A run is merged with all younger ones when they together are at least so many times as large.
/// From 0.5 to 1: less writes more, more leaves young runs to be written again and again.
double ratio_of(std::uint32_t partition) {
  const double place = (partition * 7 % kIdPartitions + 0.5) / kIdPartitions;  // neighbours differ
  return 0.5 * std::exp2(place);
}

}  // namespace

std::size_t merge_from(std::span<const std::uint64_t> ids, std::uint32_t partition) {
  TIDEMARK_CHECK(!ids.empty());
  std::size_t from = ids.size() - 1;
  if (ids.size() <= kRunsMax) return from;

  from = kRunsMax - 1;  // the least that leaves no more than kRunsMax
  std::uint64_t younger = 0;
  for (std::size_t i = ids.size() - 1; i-- > 0;) {
    younger += ids[i + 1];
    const double enough = ratio_of(partition) * static_cast<double>(ids[i]);
    if (i < from && static_cast<double>(younger) >= enough) from = i;
  }
  assert(from < kRunsMax);
  return from;
}

}  // namespace tidemark::ledger::local
