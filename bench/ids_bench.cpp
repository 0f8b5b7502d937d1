// What an id costs: looked up among many archived ones, reserved among fresh ones, archived.
//
// TIDEMARK_BENCH_IDS says how many are archived, a million unless told; TIDEMARK_BENCH_FOLDER where
// (some 24 bytes each, and as much again while they are merged). The figures in docs/performance.md
// are those of 100 million.

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>

#include <benchmark/benchmark.h>
#include <stdlib.h>

#include "ledger/local/fuse_filter.hpp"
#include "ledger/local/id_index.hpp"

namespace tidemark::ledger::local {
namespace {

using Seconds = std::chrono::duration<double>;
using Timer = std::chrono::steady_clock;

constexpr std::size_t kBatch = 1'000;
constexpr std::uint64_t kSegment = 1'000'000;

IdHash id_number(std::uint64_t number) {
  return {.high = mixed(2 * number + 1), .low = mixed(2 * number + 2)};
}

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

void need(bool fine, const std::string& what) {
  if (fine) return;
  std::cerr << "FATAL: " << what << "\n";
  std::exit(1);
}

/// An index of many archived ids, in a folder that goes with it.
class Archive {
 public:
  static Archive& the() {
    static Archive archive;
    return archive;
  }

  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;
  ~Archive() {
    index.reset();
    std::filesystem::remove_all(folder);
  }

  void open() {
    auto opened = IdIndex::open(files, folder, manifest, sealed);
    need(static_cast<bool>(opened) && opened->index != nullptr, "cannot open the index");
    index = std::move(opened->index);
  }

  const std::uint64_t ids = number_from("TIDEMARK_BENCH_IDS", kSegment);
  files::Files& files = files::posix_files();
  std::filesystem::path folder;
  std::vector<archive::RunFile> manifest;
  std::uint64_t sealed = 0;
  std::unique_ptr<IdIndex> index;
  double seconds = 0;
  double seconds_max = 0;  // of one segment

 private:
  Archive() {
    const char* parent = std::getenv("TIDEMARK_BENCH_FOLDER");
    std::string name = ((parent == nullptr ? std::filesystem::temp_directory_path()
                                           : std::filesystem::path(parent)) /
                        "tidemark-bench-XXXXXX")
                           .string();
    need(::mkdtemp(name.data()) != nullptr, "cannot make " + name);
    folder = name;
    open();
    while (sealed < ids) seal_next();
  }

  void seal_next() {
    std::vector<IdHash> hashes(std::min(kSegment, ids - sealed));
    for (std::size_t i = 0; i < hashes.size(); ++i) hashes[i] = id_number(sealed + i);
    const auto start = Timer::now();
    auto prepared = index->prepare(hashes);
    need(static_cast<bool>(prepared), prepared ? "" : prepared.error().message());
    for (const auto& run : prepared->added) {
      need(static_cast<bool>(files.rename(folder / (run.file + ".tmp"), folder / run.file)),
           "cannot rename a run");
    }
    need(static_cast<bool>(files.sync_folder(folder)), "cannot sync the folder");
    manifest = prepared->runs;
    index->publish(std::move(*prepared));
    index->sweep();
    const double took = Seconds(Timer::now() - start).count();
    seconds += took;
    seconds_max = std::max(seconds_max, took);
    sealed += hashes.size();
  }
};

void archived_ids(benchmark::State& state) {
  Archive& archive = Archive::the();
  std::uint64_t disk = 0;
  for (const auto& run : archive.manifest) disk += run.bytes;
  for (auto _ : state) benchmark::DoNotOptimize(archive.index->sealed());
  const auto ids = static_cast<double>(archive.ids);
  const auto memory = static_cast<double>(archive.index->sealed()->memory_bytes());
  state.counters["ids"] = ids;
  state.counters["runs"] = static_cast<double>(archive.manifest.size());
  state.counters["memory_bytes/id"] = memory / ids;
  state.counters["disk_bytes/id"] = static_cast<double>(disk) / ids;
  state.counters["archived_ids/s"] = ids / archive.seconds;
  state.counters["slowest_segment_s"] = archive.seconds_max;
}
BENCHMARK(archived_ids)->Iterations(1);

void opening(benchmark::State& state) {
  Archive& archive = Archive::the();
  for (auto _ : state) archive.open();
}
BENCHMARK(opening)->Unit(benchmark::kMillisecond)->UseRealTime();

void probe(benchmark::State& state, bool known) {
  Archive& archive = Archive::the();
  const auto sealed = archive.index->sealed();
  std::vector<IdHash> hashes(kBatch);
  std::vector<Sequence> found(kBatch);
  std::uint64_t next = 0;
  for (auto _ : state) {
    state.PauseTiming();
    for (IdHash& hash : hashes) {
      hash = id_number(known ? mixed(++next) % archive.ids : archive.ids + ++next);
    }
    state.ResumeTiming();
    need(static_cast<bool>(sealed->probe(hashes, found)), "cannot probe");
    need((found.front() != event::kNoSequence) == known, "a wrong answer");
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kBatch));
}
BENCHMARK_CAPTURE(probe, new_ids, false);
BENCHMARK_CAPTURE(probe, known_ids, true);

void reserve(benchmark::State& state) {
  const auto fresh_ids = static_cast<std::uint64_t>(state.range(0));
  std::uint64_t number = 0;
  std::vector<IdHash> hashes(kBatch);
  auto fresh = std::make_unique<FreshIds>(0);
  for (auto _ : state) {
    state.PauseTiming();
    if (fresh->end() > fresh_ids) fresh->drop_below(fresh->end() - fresh_ids);
    for (IdHash& hash : hashes) hash = id_number(++number);
    state.ResumeTiming();
    constexpr std::size_t kAhead = 16;
    for (std::size_t i = 0; i < kBatch; ++i) {
      if (i + kAhead < kBatch) fresh->prefetch(hashes[i + kAhead]);
      benchmark::DoNotOptimize(fresh->reserve(hashes[i], fresh->end()));
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kBatch));
  state.counters["memory_bytes/id"] = static_cast<double>(fresh->memory_bytes()) /
                                      static_cast<double>(fresh->end() - fresh->begin());
}
BENCHMARK(reserve)->Arg(100'000)->Arg(1'000'000)->Arg(3'000'000);

}  // namespace
}  // namespace tidemark::ledger::local

BENCHMARK_MAIN();
