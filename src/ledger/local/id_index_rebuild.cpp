// Writing broken runs anew from what the archive holds.

#include <algorithm>
#include <cassert>
#include <string>
#include <utility>

#include "ledger/local/id_index.hpp"
#include "ledger/local/run_writer.hpp"
#include "ledger/local/sealed_ids.hpp"
#include "ledger/local/sorted_run.hpp"

namespace tidemark::ledger::local {
namespace {

using archive::RunFile;
using base::Error;
using base::ErrorCode;

/// Gathered in one reading of the archive: 24 bytes each.
constexpr std::uint64_t kIdsAtOnce = 8'000'000;

/// A run and the ids found for it.
struct Gathered {
  std::size_t index = 0;  // of the run, in the caller's order
  RunFile run;
  std::vector<RunEntry> entries;
};

/// About how many ids the run will have; one that no manifest knew says none.
std::uint64_t expected_ids(const RunFile& run) {
  return run.ids > 0 ? run.ids : (run.end - run.first) / kIdPartitions;
}

/// Gives the id to the run that it belongs to, if that is here.
void place(std::span<Gathered> runs, const RunEntry& id) {
  const std::uint32_t partition = partition_of(id.hash);
  for (Gathered& gathered : runs) {
    const RunFile& run = gathered.run;
    if (run.partition_first != partition || id.sequence < run.first || id.sequence >= run.end) {
      continue;
    }
    gathered.entries.push_back(id);
  }
}

/// Hands all ids of the runs' sequences to those that they belong to.
base::Status gather(std::span<Gathered> runs, const IdIndex::IdSource& source) {
  assert(!runs.empty());
  Sequence first = runs.front().run.first;
  Sequence end = first;
  for (const Gathered& gathered : runs) {
    first = std::min(first, gathered.run.first);
    end = std::max(end, gathered.run.end);
  }
  return source(first, end, [&](std::span<const RunEntry> ids) -> base::Status {
    for (const RunEntry& id : ids) place(runs, id);
    return base::ok;
  });
}

/// Returns what the manifest must name.
base::Result<RunFile> write(files::Files& files, const files::Files::Path& folder,
                            Gathered& gathered, FuseBuilder& builder) {
  const RunFile& run = gathered.run;
  if (run.ids > 0 && run.ids != gathered.entries.size()) {
    return Error(ErrorCode::Corrupt, "the archive holds " +
                                         std::to_string(gathered.entries.size()) + " ids for " +
                                         run.file + ", which had " + std::to_string(run.ids));
  }
  std::ranges::sort(gathered.entries, {}, &RunEntry::hash);
  auto writer = RunWriter::create(files, folder,
                                  {.first = run.first,
                                   .end = run.end,
                                   .partition = run.partition_first,
                                   .ids = gathered.entries.size()},
                                  builder);
  if (!writer) return writer.error();
  for (const RunEntry& entry : gathered.entries) (*writer)->add(entry.hash, entry.sequence);
  auto written = (*writer)->finish();
  if (!written) return written.error();
  const RunFile& description = (*written)->description();
  auto renamed = files.rename(folder / temporary_name(description.file), folder / description.file);
  if (!renamed) return renamed.error();
  return description;
}

}  // namespace

base::Result<std::vector<RunFile>> IdIndex::rebuild(files::Files& files,
                                                    const files::Files::Path& folder,
                                                    std::span<const RunFile> broken,
                                                    const IdSource& source) {
  for (const RunFile& run : broken) {
    if (run.partition_first < kIdPartitions && run.first < run.end) continue;
    return Error(ErrorCode::InvalidInput, "there is no run of ids like " + run.file);
  }
  std::vector<std::size_t> order(broken.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::sort(order, {}, [&](std::size_t i) { return broken[i].first; });

  std::vector<RunFile> rebuilt(broken.begin(), broken.end());
  FuseBuilder builder;
  for (std::size_t done = 0; done < order.size();) {
    std::vector<Gathered> batch;
    for (std::uint64_t ids = 0; done < order.size() && (batch.empty() || ids < kIdsAtOnce);
         ++done) {
      const RunFile& run = broken[order[done]];
      batch.push_back({.index = order[done], .run = run, .entries = {}});
      ids += expected_ids(run);
    }
    if (auto read = gather(batch, source); !read) {
      return read.error().while_doing("rebuilding runs of ids");
    }
    for (Gathered& gathered : batch) {
      auto written = write(files, folder, gathered, builder);
      if (!written) return written.error().while_doing("rebuilding runs of ids");
      rebuilt[gathered.index] = std::move(*written);
      gathered.entries = {};
    }
  }
  if (auto synced = files.sync_folder(folder); !synced) {
    return synced.error().while_doing("rebuilding runs of ids");
  }
  return rebuilt;
}

}  // namespace tidemark::ledger::local
