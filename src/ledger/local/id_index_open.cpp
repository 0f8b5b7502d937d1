// Opening and checking what the manifest names.

#include <algorithm>
#include <string>
#include <utility>

#include "ledger/local/id_index.hpp"
#include "ledger/local/run_writer.hpp"
#include "ledger/local/sorted_run.hpp"

namespace tidemark::ledger::local {
namespace {

using archive::RunFile;
using base::Error;
using base::ErrorCode;

using RunFiles = std::array<std::vector<RunFile>, kIdPartitions>;

/// The runs of each partition in order. Errors: Corrupt when they cannot all be true.
base::Result<RunFiles> by_partition(std::span<const RunFile> runs, Sequence end) {
  RunFiles partitions;
  std::uint64_t ids = 0;
  for (const RunFile& run : runs) {
    const bool possible = run.partition_first < kIdPartitions &&
                          run.partition_end == run.partition_first + 1 && run.first <= run.end &&
                          run.end <= end && run.ids <= run.end - run.first;
    if (!possible) {
      return Error(ErrorCode::Corrupt, "the manifest names an impossible run of ids, " + run.file);
    }
    partitions[run.partition_first].push_back(run);
    ids += run.ids;
  }
  if (ids > end) {
    return Error(ErrorCode::Corrupt, "the manifest names runs of " + std::to_string(ids) +
                                         " ids, but only " + std::to_string(end) + " events");
  }
  for (auto& partition : partitions) {
    std::ranges::sort(partition, {}, &RunFile::first);
    for (std::size_t i = 1; i < partition.size(); ++i) {
      if (partition[i - 1].end <= partition[i].first) continue;
      return Error(ErrorCode::Corrupt, "the manifest names runs of ids that overlap, " +
                                           partition[i - 1].file + " and " + partition[i].file);
    }
    if (partition.size() > kRunsReadMax) {
      return Error(ErrorCode::Corrupt, "the manifest names more than " +
                                           std::to_string(kRunsReadMax) +
                                           " runs of ids in one partition");
    }
  }
  return partitions;
}

/// A run that would cover the sequences [first, end), which none does.
BrokenRun gap(Sequence first, Sequence end, std::uint32_t partition) {
  return {.run = {.file = run_file_name(first, end, partition),
                  .first = first,
                  .end = end,
                  .partition_first = partition,
                  .partition_end = partition + 1},
          .why = Error(ErrorCode::NotFound, "the manifest names no run of ids for these events")};
}

/// Every stretch of sequences that no run of the partition covers. There may be none of its ids in
/// one; so these matter only when ids are missing.
void add_gaps(std::span<const RunFile> runs, std::uint32_t partition, Sequence end,
              std::vector<BrokenRun>& broken) {
  Sequence covered = 0;
  for (const RunFile& run : runs) {
    if (covered < run.first) broken.push_back(gap(covered, run.first, partition));
    covered = run.end;
  }
  if (covered < end) broken.push_back(gap(covered, end, partition));
}

/// A missing or damaged file can be made anew; a disk that does not answer cannot.
bool can_be_rebuilt(const Error& error) {
  return error.code() == ErrorCode::NotFound || error.code() == ErrorCode::Corrupt;
}

}  // namespace

base::Result<IdIndex::Opened> IdIndex::open(files::Files& files, const files::Files::Path& folder,
                                            std::span<const RunFile> runs, Sequence end) {
  auto partitions = by_partition(runs, end);
  if (!partitions) return partitions.error();

  Opened opened;
  SealedIds::Runs good;
  std::uint64_t ids = 0;
  for (const auto& partition : *partitions) {
    for (const RunFile& run : partition) {
      ids += run.ids;
      auto found = SortedRun::open(files, folder, run);
      if (found) {
        good[run.partition_first].push_back(std::move(*found));
        continue;
      }
      const Error why = found.error().while_doing("opening the index of ids");
      if (!can_be_rebuilt(why)) return why;
      opened.broken.push_back({run, why});
    }
  }
  for (std::uint32_t partition = 0; ids < end && partition < kIdPartitions; ++partition) {
    add_gaps((*partitions)[partition], partition, end, opened.broken);
  }
  if (!opened.broken.empty()) return opened;
  opened.index.reset(
      new IdIndex(files, folder, std::make_shared<const SealedIds>(0, end, std::move(good))));
  return opened;
}

std::vector<BrokenRun> IdIndex::verify(files::Files& files, const files::Files::Path& folder,
                                       std::span<const RunFile> runs) {
  std::vector<BrokenRun> broken;
  for (const RunFile& run : runs) {
    auto found = SortedRun::open(files, folder, run);
    if (!found) {
      broken.push_back({run, found.error()});
    } else if (auto sound = (*found)->verify(); !sound) {
      broken.push_back({run, sound.error()});
    }
  }
  return broken;
}

}  // namespace tidemark::ledger::local
