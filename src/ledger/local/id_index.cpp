#include "ledger/local/id_index.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "base/check.hpp"
#include "ledger/local/merge_plan.hpp"
#include "ledger/local/run_writer.hpp"
#include "ledger/local/sorted_entries.hpp"
#include "ledger/local/sorted_run.hpp"

namespace tidemark::ledger::local {
namespace {

using RunPtr = std::shared_ptr<const SortedRun>;

/// The next entry of one input of a merge.
struct Source {
  std::span<const RunEntry> entries;  // never empty
  RunCursor* cursor = nullptr;        // null: there is no more
};

/// Writes the ids of `older` and `fresh` in order of their hash.
base::Status merge(std::span<const RunPtr> older, std::span<const RunEntry> fresh,
                   RunWriter& writer) {
  std::vector<RunCursor> cursors;
  cursors.reserve(older.size());
  std::vector<Source> sources;
  if (!fresh.empty()) sources.push_back({fresh, nullptr});
  for (const RunPtr& run : older) {
    auto entries = cursors.emplace_back(*run).next();
    if (!entries) return entries.error();
    if (!entries->empty()) sources.push_back({*entries, &cursors.back()});
  }
  while (!sources.empty() && !writer.failed()) {
    auto least = std::ranges::min_element(
        sources, {}, [](const Source& source) { return source.entries.front().hash; });
    writer.add(least->entries.front().hash, least->entries.front().sequence);
    least->entries = least->entries.subspan(1);
    if (!least->entries.empty()) continue;
    if (least->cursor != nullptr) {
      auto entries = least->cursor->next();
      if (!entries) return entries.error();
      least->entries = *entries;
    }
    if (least->entries.empty()) sources.erase(least);
  }
  return base::ok;
}

/// Writes the new run of one partition: `fresh`, merged with as many of the youngest of `runs` as
/// the plan says; those are taken out of `runs` and the new one is put in.
base::Status seal_partition(files::Files& files, const SortedRun::Path& folder,
                            std::span<const RunEntry> fresh, RunWriter::Plan plan,
                            std::pair<std::vector<RunPtr>&, FuseBuilder&> work) {
  auto& [runs, builder] = work;
  assert(!fresh.empty() && plan.partition < kIdPartitions);
  std::vector<std::uint64_t> ids;
  for (const RunPtr& run : runs) ids.push_back(run->header().ids);
  ids.push_back(fresh.size());
  const std::size_t from = merge_from(ids, plan.partition);
  assert(from < ids.size() && from <= runs.size());
  const std::vector<RunPtr> older(runs.begin() + static_cast<std::ptrdiff_t>(from), runs.end());
  if (!older.empty()) plan.first = older.front()->header().first;
  for (std::size_t i = from; i < ids.size(); ++i) plan.ids += ids[i];

  auto writer = RunWriter::create(files, folder, plan, builder);
  if (!writer) return writer.error();
  if (auto merged = merge(older, fresh, **writer); !merged) return merged;
  auto run = (*writer)->finish();
  if (!run) return run.error();
  runs.resize(from);
  runs.push_back(std::move(*run));
  assert(runs.size() <= kRunsMax);
  return base::ok;
}

/// After a failure: the disk may be full.
void remove_temporary(files::Files& files, const SortedRun::Path& folder,
                      std::span<const archive::RunFile> runs) {
  for (const auto& run : runs) (void)files.remove(folder / temporary_name(run.file));
}

}  // namespace

IdIndex::IdIndex(files::Files& files, files::Files::Path folder,
                 std::shared_ptr<const SealedIds> sealed)
    : files_(files),
      folder_(std::move(folder)),
      fresh_(sealed->end()),
      sealed_(std::move(sealed)) {}

std::shared_ptr<const SealedIds> IdIndex::sealed() const {
  const std::lock_guard lock(mutex_);
  return sealed_;
}

void IdIndex::begin_group() {
  Sequence known = 0;  // by whatever SealedIds anybody may still act upon
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(earlier_, [](const Earlier& state) { return state.sealed.expired(); });
    known = earlier_.empty() ? sealed_->end() : earlier_.front().end;
  }
  fresh_.drop_below(known);
}

base::Result<PreparedRuns> IdIndex::prepare(std::span<const IdHash> hashes) {
  const auto before = sealed();
  PreparedRuns prepared;
  if (hashes.empty()) {
    prepared.sealed = before;
    prepared.runs = before->files();
    return prepared;
  }

  const Sequence end = before->end() + hashes.size();
  const std::vector<RunEntry> entries = sorted_entries(hashes, before->end());
  SealedIds::Runs runs = before->runs();
  FuseBuilder builder;
  for (std::uint32_t partition = 0; partition < kIdPartitions; ++partition) {
    const auto fresh = entries_of(entries, partition);
    if (fresh.empty()) continue;
    const std::vector<RunPtr> old = runs[partition];
    auto done = seal_partition(files_, folder_, fresh,
                               {.first = before->end(), .end = end, .partition = partition},
                               {runs[partition], builder});
    if (!done) {
      remove_temporary(files_, folder_, prepared.added);
      return done.error().while_doing("writing runs of ids");
    }
    prepared.added.push_back(runs[partition].back()->description());
    for (std::size_t i = runs[partition].size() - 1; i < old.size(); ++i) {
      prepared.removed.push_back(old[i]->description());
    }
  }
  prepared.sealed = std::make_shared<const SealedIds>(before->version() + 1, end, std::move(runs));
  // An id that is in no run would be taken a second time.
  TIDEMARK_CHECK(prepared.sealed->ids() == before->ids() + hashes.size());
  prepared.runs = prepared.sealed->files();
  return prepared;
}

void IdIndex::publish(PreparedRuns prepared) {
  auto before = sealed();
  if (prepared.sealed == before) return;
  TIDEMARK_CHECK(prepared.sealed != nullptr && prepared.sealed->version() == before->version() + 1);
  TIDEMARK_CHECK(prepared.sealed->end() >= before->end());
  for (std::uint32_t partition = 0; partition < kIdPartitions; ++partition) {
    const auto& now = prepared.sealed->runs()[partition];
    for (const auto& run : before->runs()[partition]) {
      if (std::ranges::find(now, run) == now.end()) retired_.push_back(run);
    }
  }
  {
    const std::lock_guard lock(mutex_);
    assert(earlier_.empty() || earlier_.back().end <= before->end());
    earlier_.push_back({before, before->end()});
    sealed_ = std::move(prepared.sealed);
  }
  before.reset();
  sweep();
}

base::Status IdIndex::exchange(std::span<const archive::RunFile> rebuilt) {
  const auto before = sealed();
  SealedIds::Runs runs = before->runs();
  for (const auto& file : rebuilt) {
    auto opened = SortedRun::open(files_, folder_, file);
    if (!opened) return opened.error().while_doing("opening the index of ids");
    assert(file.partition_first < kIdPartitions);
    auto& partition = runs[file.partition_first];
    const auto same = std::ranges::find_if(
        partition, [&](const RunPtr& run) { return run->description().file == file.file; });
    if (same != partition.end()) *same = std::move(*opened);
  }
  auto next =
      std::make_shared<const SealedIds>(before->version() + 1, before->end(), std::move(runs));
  const std::lock_guard lock(mutex_);
  earlier_.push_back({before, before->end()});
  sealed_ = std::move(next);
  return base::ok;
}

std::size_t IdIndex::sweep() {
  std::erase_if(retired_, [&](const RunPtr& run) {
    if (run.use_count() > 1) return false;
    (void)files_.remove(folder_ / run->description().file);  // else the next start removes it
    return true;
  });
  return retired_.size();
}

}  // namespace tidemark::ledger::local
