#include "ledger/local/sorted_entries.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <utility>

#include "ledger/local/sealed_ids.hpp"

namespace tidemark::ledger::local {
namespace {

bool by_hash(const RunEntry& a, const RunEntry& b) { return a.hash < b.hash; }

}  // namespace

std::vector<RunEntry> sorted_entries(std::span<const IdHash> hashes, Sequence first) {
  // Hashes lie evenly: by their highest bits they fall into buckets of about eight.
  assert(std::in_range<std::uint32_t>(hashes.size()));
  const int bits = std::clamp(static_cast<int>(std::bit_width(hashes.size() / 8)), 1, 20);
  const auto bucket_of = [&](const IdHash& hash) { return hash.high >> (64 - bits); };
  std::vector<std::uint32_t> ends((std::size_t{1} << bits) + 1);
  for (const IdHash& hash : hashes) ++ends[bucket_of(hash) + 1];
  for (std::size_t i = 1; i < ends.size(); ++i) ends[i] += ends[i - 1];

  std::vector<RunEntry> entries(hashes.size());
  for (const IdHash& hash : hashes) {
    entries[ends[bucket_of(hash)]++] = {hash, first + static_cast<Sequence>(&hash - hashes.data())};
  }
  std::uint32_t begin = 0;
  for (const std::uint32_t end : std::span(ends).first(ends.size() - 1)) {
    std::sort(entries.begin() + begin, entries.begin() + end, by_hash);
    begin = end;
  }
  assert(std::ranges::is_sorted(entries, by_hash));
  return entries;
}

std::span<const RunEntry> entries_of(std::span<const RunEntry> sorted, std::uint32_t partition) {
  assert(partition < kIdPartitions);
  const auto range = std::ranges::equal_range(
      sorted, partition, {}, [](const RunEntry& entry) { return partition_of(entry.hash); });
  return {range.begin(), range.end()};
}

}  // namespace tidemark::ledger::local
