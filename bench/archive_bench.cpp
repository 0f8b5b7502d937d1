// How long the archive takes: writing, reading back, scanning, looking up; and the tail by SQL.
// Usage: archive_bench [EVENTS]; figures in docs/performance.md.

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <filesystem>
#include <random>
#include <string>

#include "archive/manifest_store.hpp"
#include "archive/segment_reader.hpp"
#include "archive/segment_writer.hpp"
#include "clients/duckdb/database.hpp"
#include "event/event_id.hpp"
#include "ledger/tail.hpp"
#include "views/columnar/tail_function.hpp"

namespace {

using namespace tidemark;

/// Of CPU, so that what else runs on the machine does not matter.
double seconds_of(const auto& work) {
  const auto now = [] {
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
  };
  const double started = now();
  work();
  return now() - started;
}

template <class T>
T must(base::Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "%s\n", result.error().message().c_str());
    std::exit(1);
  }
  return *std::move(result);
}

/// Events of 213 bytes as JSON, of 50,000 users in 20 types over 30 days.
struct Events {
  std::shared_ptr<std::deque<std::string>> texts = std::make_shared<std::deque<std::string>>();
  std::vector<event::StoredRow> rows;
  std::mt19937_64 random{1};

  std::string_view keep(std::string text) { return texts->emplace_back(std::move(text)); }

  explicit Events(std::size_t count) : rows(count) {
    static constexpr const char* kTypes[] = {"page_view", "login", "search", "add_to_cart",
                                             "purchase"};
    static constexpr const char* kPages[] = {"/home", "/pricing", "/docs/start", "/blog/7"};
    for (std::size_t i = 0; i < count; ++i) {
      auto& row = rows[i];
      std::string id(36, ' ');
      event::write_uuid({.high = random(), .low = random()}, id.data());
      row.id = keep(std::move(id));
      row.user_id = keep("user_" + std::to_string(random() % 50'000));
      row.event_type = kTypes[random() % 5];
      row.properties = keep(R"({"page":")" + std::string(kPages[random() % 4]) + R"(","price":)" +
                            std::to_string(random() % 100'000) + R"(,"country":"DE","ok":true})");
      row.occurred_at =
          1'754'000'000'000'000 + static_cast<std::int64_t>(i * 2'592'000 + random() % 1'000'000);
      row.received_at = row.occurred_at + 50'000;
      row.sequence = i;
    }
  }
};

void report(const char* what, double seconds, std::size_t events) {
  std::printf("%-44s %8.1f ms  %7.3f us/event  %6.2f M/s\n", what, seconds * 1e3,
              seconds * 1e6 / static_cast<double>(events),
              static_cast<double>(events) / seconds / 1e6);
}

void scan(const archive::SegmentReader& reader, const archive::Manifest& manifest,
          archive::Columns columns, const char* what) {
  std::size_t rows = 0;
  const auto took = seconds_of([&] {
    must(reader.scan(manifest, 0, manifest.end(), columns, [&](const event::ProjectRows& piece) {
      rows += piece.rows.size();
      return base::Status(base::ok);
    }));
  });
  report(what, took, rows);
}

void ask_tail(const Events& events, unsigned threads, const char* sql) {
  ledger::TailWriter writer{0};
  writer.append({event::ProjectId::Default, events.rows}, events.texts, 0);
  views::columnar::TailRegistry registry;
  auto database =
      must(clients::duckdb::Database::open({.memory_bytes_max = 1U << 30U, .threads = threads}));
  auto connection = must(database->connect());
  must(registry.register_function(connection));
  const auto entry = registry.add(writer.snapshot(), 0);
  double best = 1e9;
  for (int round = 0; round < 5; ++round) {
    best =
        std::min(best, seconds_of([&] { must(connection.query(sql + (" FROM " + entry.sql()))); }));
  }
  report((std::string(sql) + ", threads " + std::to_string(threads)).c_str(), best,
         events.rows.size());
}

}  // namespace

int main(int count, char** arguments) {
  const std::size_t events_count = count > 1 ? std::strtoull(arguments[1], nullptr, 10) : 1'000'000;
  const Events events(events_count);
  const auto folder =
      std::filesystem::temp_directory_path() / ("archive-bench-" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  auto& files = files::posix_files();
  auto writer = must(archive::SegmentWriter::open(files, {.folder = folder}));
  const event::ProjectRows piece{event::ProjectId::Default, events.rows};
  archive::SegmentFile segment;
  report("write", seconds_of([&] { segment = must(writer->write("s.parquet", {&piece, 1})); }),
         events_count);
  std::printf("%-44s %8.1f bytes/event\n", "",
              static_cast<double>(segment.bytes) / static_cast<double>(events_count));
  report("sync", seconds_of([&] { must(writer->sync(segment)); }), events_count);
  report("read back", seconds_of([&] { must(writer->check(segment, {&piece, 1})); }), events_count);
  must(files.rename(folder / "s.parquet.tmp", folder / "s.parquet"));

  const archive::Manifest manifest{
      .folder = folder, .segments = {segment}, .runs = {}, .witness = {}, .leases = {}};
  const auto reader = must(archive::SegmentReader::open({}));
  for (int round = 0; round < 2; ++round) {
    scan(*reader, manifest, archive::Columns::Views, "scan, views");
    scan(*reader, manifest, archive::Columns::Ids, "scan, ids");
    scan(*reader, manifest, archive::Columns::All, "scan, all");
  }
  std::mt19937_64 random{2};
  for (int round = 0; round < 5; ++round) {
    const event::Sequence wanted[] = {random() % events_count};
    report("by sequence", seconds_of([&] { must(reader->by_sequence(manifest, wanted)); }), 1);
  }
  for (const unsigned threads : {1U, 2U}) {
    ask_tail(events, threads, "SELECT count(*)");
    ask_tail(events, threads, "SELECT count(DISTINCT user_id)");
    ask_tail(events, threads, "SELECT count(properties), count(event_uuid)");
  }
  std::filesystem::remove_all(folder);
}
