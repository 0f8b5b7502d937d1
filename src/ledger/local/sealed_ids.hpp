#pragma once

/// The ids of archived events: sorted runs on disk, filters in memory, looked at by any thread.

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "archive/run_file.hpp"
#include "base/result.hpp"
#include "event/event.hpp"
#include "ledger/local/partition.hpp"

namespace tidemark::ledger::local {

using event::IdHash;
using event::Sequence;

class SortedRun;

/// Runs in a partition. Each costs every new id three reads of memory.
inline constexpr std::size_t kRunsMax = 4;

/// More are read where a repair left them; the next merge of the partition makes them few again.
inline constexpr std::size_t kRunsReadMax = 32;

/// Every id below `end()`, as of one manifest. Never changes.
///
/// Promise:  exact: a sequence for each id that is in it, kNoSequence for each that is not.
/// Threads:  any.
/// Lifetime: whoever keeps a probe's answers to act upon keeps the SealedIds until it has: while it
///           lives, IdIndex keeps all ids from its `end()` on among the fresh ones.
/// Cost:     a new id costs about 12 reads of memory, overlapped over a call's ids, so hand over
///           many at once; a known id one read of 512 bytes. Memory: at most 3 bytes an id.
class SealedIds {
 public:
  using Runs = std::array<std::vector<std::shared_ptr<const SortedRun>>, kIdPartitions>;

  SealedIds(std::uint64_t version, Sequence end, Runs runs);

  /// Sets `out[i]` to where `hashes[i]` was stored, or to kNoSequence; both have one size.
  /// Errors: Unavailable, Corrupt: nothing may be concluded of any of the ids, `out` is undefined.
  base::Status probe(std::span<const IdHash> hashes, std::span<Sequence> out) const;

  [[nodiscard]] std::uint64_t version() const { return version_; }
  [[nodiscard]] Sequence end() const { return end_; }  ///< every id below is in here
  [[nodiscard]] std::uint64_t ids() const { return ids_; }
  [[nodiscard]] std::size_t memory_bytes() const { return memory_bytes_; }
  [[nodiscard]] const Runs& runs() const { return runs_; }
  /// What the manifest says of these runs, by partition and then by sequence.
  [[nodiscard]] std::vector<archive::RunFile> files() const;

 private:
  std::uint64_t version_;
  Sequence end_;
  Runs runs_;
  std::uint64_t ids_ = 0;
  std::size_t memory_bytes_ = 0;
};

}  // namespace tidemark::ledger::local
