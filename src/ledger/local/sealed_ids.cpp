#include "ledger/local/sealed_ids.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "base/check.hpp"
#include "ledger/local/sorted_run.hpp"

namespace tidemark::ledger::local {

using event::kNoSequence;

namespace {

/// One filter that one id must be looked up in.
struct Candidate {
  const SortedRun* run = nullptr;
  const std::uint16_t* prints = nullptr;
  FuseSlots slots;
  std::uint32_t id = 0;  // which of the ids of this call

  [[nodiscard]] bool passes() const {
    return prints == nullptr ||  // an open filter
           (prints[slots.a] ^ prints[slots.b] ^ prints[slots.c]) == slots.print;
  }
};

/// Where the filter of `run` keeps what it knows of `hash`, on its way from memory; false where the
/// filter is empty.
bool address(const SortedRun& run, const IdHash& hash, Candidate& candidate) {
  const RunIndex& index = run.index();
  assert(slice_of(hash, run.header().slices) < index.shapes().size());
  const FuseShape& shape = index.shapes()[slice_of(hash, run.header().slices)];
  if (shape.kind == FuseShape::Kind::Empty) return false;
  candidate.run = &run;
  if (shape.kind == FuseShape::Kind::Fuse) {
    candidate.prints = index.prints().data() + shape.begin;
    candidate.slots = slots_of(shape, filter_key(hash));
    __builtin_prefetch(candidate.prints + candidate.slots.a);
    __builtin_prefetch(candidate.prints + candidate.slots.b);
    __builtin_prefetch(candidate.prints + candidate.slots.c);
  } else {
    candidate.prints = nullptr;
  }
  return true;
}

}  // namespace

SealedIds::SealedIds(std::uint64_t version, Sequence end, Runs runs)
    : version_(version), end_(end), runs_(std::move(runs)), memory_bytes_(sizeof(SealedIds)) {
  for (const auto& partition : runs_) {
    TIDEMARK_CHECK(partition.size() <= kRunsReadMax);
    for (const auto& run : partition) {
      ids_ += run->header().ids;
      memory_bytes_ += run->memory_bytes() + sizeof(run);
    }
  }
}

base::Status SealedIds::probe(std::span<const IdHash> hashes, std::span<Sequence> out) const {
  TIDEMARK_CHECK(hashes.size() == out.size());
  assert(std::in_range<std::uint32_t>(hashes.size()));
  std::fill(out.begin(), out.end(), kNoSequence);

  // Some 100 reads of memory are under way at once: the addresses of many ids are computed and
  // fetched before the first is looked at. More gains nothing; the processor has no more room.
  constexpr std::size_t kIdsAtOnce = 16;
  std::array<Candidate, kIdsAtOnce * kRunsMax> candidates;
  static_assert(candidates.size() >= kRunsReadMax);
  std::size_t next = 0;
  while (next < hashes.size()) {
    std::size_t count = 0;
    const std::size_t stop = std::min(hashes.size(), next + kIdsAtOnce);
    for (; next < stop; ++next) {
      const IdHash& hash = hashes[next];
      const auto& runs = runs_[partition_of(hash)];
      if (count + runs.size() > candidates.size()) break;
      for (const auto& run : runs) {
        assert(count < candidates.size());
        if (!address(*run, hash, candidates[count])) continue;
        candidates[count++].id = static_cast<std::uint32_t>(next);
      }
    }
    std::size_t passed = 0;
    for (const Candidate& candidate : std::span(candidates).first(count)) {
      if (!candidate.passes()) continue;
      candidate.run->prefetch(hashes[candidate.id]);
      candidates[passed++] = candidate;
    }
    for (const Candidate& candidate : std::span(candidates).first(passed)) {
      if (out[candidate.id] != kNoSequence) continue;
      auto found = candidate.run->find(hashes[candidate.id]);
      if (!found) return found.error();
      out[candidate.id] = *found;
    }
  }
  return base::ok;
}

std::vector<archive::RunFile> SealedIds::files() const {
  std::vector<archive::RunFile> files;
  for (const auto& partition : runs_) {
    for (const auto& run : partition) files.push_back(run->description());
  }
  return files;
}

}  // namespace tidemark::ledger::local
