#pragma once

/// The ids of archived events: sorted runs on disk, filters in memory, readable by any thread.

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

/// The most runs in a partition. Each run costs every new id three reads of memory.
inline constexpr std::size_t kRunsMax = 4;

/// The most runs that are read, because a repair may leave more; the next merge of the partition
/// leaves few again.
inline constexpr std::size_t kRunsReadMax = 32;

/// Every id below `end()`, as of one manifest. Never changes.
///
/// Promise:  exact: a sequence for each id that is in it, kNoSequence for every other id.
/// Threads:  any.
/// Lifetime: a caller that will act upon a probe's answers keeps the SealedIds until it has acted:
///           while it lives, IdIndex keeps all ids from its `end()` on among the fresh ones.
/// Cost:     a new id costs about 12 reads of memory, overlapped over the ids of one call, so hand
///           over many at once; a known id costs one read of 512 bytes. Memory: at most 3 bytes an
///           id.
class SealedIds {
 public:
  using Runs = std::array<std::vector<std::shared_ptr<const SortedRun>>, kIdPartitions>;

  SealedIds(std::uint64_t version, Sequence end, Runs runs);

  /// Sets `out[i]` to where `hashes[i]` was stored, or to kNoSequence; both spans have one size.
  /// Errors: Unavailable, Corrupt: nothing may be concluded about any of the ids, and `out` is
  ///         undefined.
  base::Status probe(std::span<const IdHash> hashes, std::span<Sequence> out) const;

  [[nodiscard]] std::uint64_t version() const { return version_; }
  [[nodiscard]] Sequence end() const { return end_; }  ///< every id below it is in here
  [[nodiscard]] std::uint64_t ids() const { return ids_; }
  [[nodiscard]] std::size_t memory_bytes() const { return memory_bytes_; }
  [[nodiscard]] const Runs& runs() const { return runs_; }
  /// The manifest's description of these runs, by partition and then by sequence.
  [[nodiscard]] std::vector<archive::RunFile> files() const;

 private:
  std::uint64_t version_;
  Sequence end_;
  Runs runs_;
  std::uint64_t ids_ = 0;
  std::size_t memory_bytes_ = 0;
};

}  // namespace tidemark::ledger::local
