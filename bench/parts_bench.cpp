// One small benchmark for each part of an event's way and for each question, over events of the
// generator's. Run as it is it tells times; bench/instructions.py runs it under callgrind and
// compares instructions with what is written down, which does not depend on the machine's mood.

#include <filesystem>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <stdlib.h>
#include <valgrind/callgrind.h>

#include "app/commands/generator.hpp"
#include "archive/segment_writer.hpp"
#include "event/encoding.hpp"
#include "event/zone.hpp"
#include "journal/local/log.hpp"
#include "ledger/local/fresh_ids.hpp"
#include "ledger/local/id_index.hpp"
#include "views/rollup/engine.hpp"
#include "views/rollup/sets/ordinal_set.hpp"
#include "wire/decode.hpp"
#include "wire/inflate.hpp"

namespace tidemark {
namespace {

constexpr std::size_t kEvents = 20'000;
constexpr std::size_t kBatch = 1'000;
constexpr base::Micros kNow = 1'790'000'000 * base::kMicrosPerSecond;

/// While it lives instructions are counted; its end gives the count a name. Nothing but a few
/// no-ops where callgrind does not run the program.
class Counted {
 public:
  Counted(const benchmark::State& state, const std::string& name)
      : name_(name + "/iterations:" + std::to_string(state.max_iterations)) {
    CALLGRIND_START_INSTRUMENTATION;
    CALLGRIND_ZERO_STATS;
  }
  ~Counted() {
    CALLGRIND_DUMP_STATS_AT(name_.c_str());
    CALLGRIND_STOP_INSTRUMENTATION;
  }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 private:
  std::string name_;
};

[[noreturn]] void stop_for(const std::string& reason) {
  std::cerr << "FATAL: " << reason << "\n";
  std::exit(1);
}

template <class T>
T must(base::Result<T> result) {
  if (!result) stop_for(result.error().message());
  return *std::move(result);
}

struct Folder {
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "tidemark-parts-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) stop_for("cannot make " + name);
    path = name;
  }
  ~Folder() { std::filesystem::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::filesystem::path path;
};

const event::IdHasher& hasher() {
  static const event::IdHasher kHasher{event::IdHasher::Key{}};
  return kHasher;
}

std::string lines_of(std::size_t events) {
  app::Generator generator({.events = events, .users = 2'000});
  std::string lines;
  for (std::size_t i = 0; i < events; ++i) generator.next(lines);
  return lines;
}

wire::Decoded decode_lines(const wire::Body& body) {
  wire::DecodeOptions options{.now = kNow, .hasher = hasher()};
  options.limits.events_max = kEvents;
  return must(wire::decode(body, wire::Format::Ndjson, options));
}

event::StoredRows stored_rows(const wire::Decoded& decoded) {
  event::StoredRows rows;
  for (const auto& row : decoded.batch.rows)
    rows.add(decoded.batch.project, {row, rows.size(), kNow});
  return rows;
}

/// The events as the commit loop hands them to the views and to the archive.
struct Stored {
  Stored() : decoded(decode_lines(wire::padded_body(lines_of(kEvents)))) {
    stored = stored_rows(decoded);
    content.resize(event::encoded_bytes(stored));
    event::encode(stored, content);
  }
  static const Stored& the() {
    static const Stored kStored;
    return kStored;
  }
  [[nodiscard]] event::ProjectRows piece() const { return stored.pieces().front(); }

  wire::Decoded decoded;
  std::vector<std::byte> content;
  event::StoredRows stored;
};

std::vector<event::IdHash> random_ids(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<event::IdHash> ids(count);
  for (auto& id : ids) id = {.high = random(), .low = random()};
  return ids;
}

void parse_batch(benchmark::State& state) {
  const auto body = wire::padded_body(lines_of(kBatch));
  const Counted counted(state, __func__);
  for (auto _ : state) benchmark::DoNotOptimize(decode_lines(body).batch.rows.data());
}
BENCHMARK(parse_batch)->Iterations(50);

void encode_batch(benchmark::State& state) {
  const auto decoded = decode_lines(wire::padded_body(lines_of(kBatch)));
  event::StoredRows rows;
  const Counted counted(state, __func__);
  for (auto _ : state) {
    rows.clear();
    for (const auto& row : decoded.batch.rows) {
      rows.add(decoded.batch.project, {row, rows.size(), kNow});
    }
    std::vector<std::byte> content(event::encoded_bytes(rows));
    event::encode(rows, content);
  }
}
BENCHMARK(encode_batch)->Iterations(100);

void reserve_ids(benchmark::State& state) {
  const auto ids = random_ids(kBatch * 100, 1);
  ledger::local::FreshIds fresh(0);
  const Counted counted(state, __func__);
  event::Sequence next = 0;
  for (auto _ : state) {
    for (std::size_t i = 0; i < kBatch; ++i, ++next) fresh.reserve(ids[next], next);
  }
}
BENCHMARK(reserve_ids)->Iterations(100);

void probe_archived_ids(benchmark::State& state) {
  const Folder folder;
  auto& files = files::posix_files();
  auto index = must(ledger::local::IdIndex::open(files, folder.path, {}, 0)).index;
  auto prepared = must(index->prepare(random_ids(100'000, 2)));
  for (const auto& run : prepared.added) {
    const auto renamed = files.rename(folder.path / (run.file + ".tmp"), folder.path / run.file);
    if (!renamed) stop_for(renamed.error().message());
  }
  index->publish(std::move(prepared));
  const auto unknown = random_ids(kBatch, 3);
  std::vector<event::Sequence> found(kBatch, event::kNoSequence);
  const Counted counted(state, __func__);
  for (auto _ : state) {
    if (!index->sealed()->probe(unknown, found)) stop_for("probe");
  }
}
BENCHMARK(probe_archived_ids)->Iterations(100);

void append_to_journal(benchmark::State& state) {
  const Folder folder;
  auto log = must(journal::local::Log::open(files::posix_files(), folder.path, {}, 0,
                                            [](const auto&) { return base::ok; }));
  const std::vector<std::byte> content(100'000, std::byte{1});
  const std::span<const std::byte> piece(content);
  const Counted counted(state, __func__);
  for (auto _ : state) {
    if (!log->append(log->end(), kBatch, {&piece, 1})) stop_for("append");
  }
}
BENCHMARK(append_to_journal)->Iterations(100);

std::unique_ptr<views::rollup::Rollup> empty_rollup() {
  return must(views::rollup::Rollup::open(files::posix_files(), {}));
}

void apply_to_rollup(benchmark::State& state) {
  const auto piece = Stored::the().piece();
  const Counted counted(state, __func__);
  for (auto _ : state) {
    const auto rollup = empty_rollup();
    rollup->apply(piece);
  }
}
BENCHMARK(apply_to_rollup)->Iterations(2);

void count_in_two_sets(benchmark::State& state) {
  views::rollup::OrdinalSet a;
  views::rollup::OrdinalSet b;
  std::mt19937_64 random(4);
  for (int i = 0; i < 60'000; ++i) {
    a.add(static_cast<std::uint32_t>(random() % (2 * views::rollup::kBlockUsers)));
    b.add(static_cast<std::uint32_t>(random() % (2 * views::rollup::kBlockUsers)));
  }
  const Counted counted(state, __func__);
  for (auto _ : state) {
    for (std::uint32_t block = 0; block < 2; ++block) {
      benchmark::DoNotOptimize(views::rollup::count_and(a.block(block), b.block(block)));
    }
  }
}
BENCHMARK(count_in_two_sets)->Iterations(1'000);

void write_segment(benchmark::State& state) {
  const Folder folder;
  auto writer = must(archive::SegmentWriter::open(files::posix_files(), {.folder = folder.path}));
  const event::ProjectRows piece = Stored::the().piece();
  const Counted counted(state, __func__);
  for (auto _ : state) {
    const auto segment = must(writer->write("s.parquet", {&piece, 1}));
    if (!writer->check(segment, {&piece, 1})) stop_for("the segment does not read back");
  }
}
BENCHMARK(write_segment)->Iterations(1);

/// A question to the rollup over the generator's thirty days.
void ask(benchmark::State& state, const std::string& name, const query::Question& question) {
  const auto rollup = empty_rollup();
  rollup->apply(Stored::the().piece());
  views::rollup::RollupEngine engine(*rollup);
  query::Visible visible;
  visible.position = kEvents;
  visible.views = {{rollup.get(), rollup->root()}};
  const query::Cancellation cancellation;
  const Counted counted(state, name);
  for (auto _ : state) {
    benchmark::DoNotOptimize(must(engine.answer(question, visible, cancellation, false)));
  }
}

query::Scope in_utc() { return {.zone = event::utc(), .segment = {}}; }
const event::DayRange kRange{{20'240}, {20'269}};  // the generator's

void dau(benchmark::State& state) {
  ask(state, __func__, query::ActiveUsers{.scope = in_utc(), .range = kRange});
}
void mau(benchmark::State& state) {
  ask(state, __func__, query::ActiveUsers{.scope = in_utc(), .range = kRange, .trailing_days = 30});
}
void top_events(benchmark::State& state) {
  ask(state, __func__, query::TopEvents{.scope = in_utc(), .range = kRange});
}
void retention(benchmark::State& state) {
  ask(state, __func__,
      query::Retention{.scope = in_utc(), .start = {20'240}, .windows = 30, .cohorts = 30});
}
BENCHMARK(dau)->Iterations(100);
BENCHMARK(mau)->Iterations(20);
BENCHMARK(top_events)->Iterations(20);
BENCHMARK(retention)->Iterations(10);

}  // namespace
}  // namespace tidemark

BENCHMARK_MAIN();
