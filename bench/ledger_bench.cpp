// How fast PostgreSQL takes batches, without a queue before it and a view behind it.
//
//   ledger_bench postgres://… [BATCHES [EVENTS_OF_EACH [EVENTS_OF_AN_ENTRY [WRITERS]]]]
//
// The database must be migrated, and gets the events: random UUIDs of one month.

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "event/event_id.hpp"
#include "ledger/postgres/writer.hpp"

namespace tidemark::ledger::postgres {
namespace {

constexpr base::Micros kAugust2025 = 1'754'006'400 * base::kMicrosPerSecond;

/// One batch's texts and entries.
class MadeBatch {
 public:
  MadeBatch(std::size_t events, std::size_t entry_events, std::uint64_t millis,
            std::mt19937_64& random) {
    rows_.reserve(events);
    texts_.reserve(events);
    for (std::size_t i = 0; i < events; ++i) {
      auto& text = texts_.emplace_back();
      text.id.resize(event::kUuidTextBytes);
      event::write_uuid({.high = random(), .low = random()}, text.id.data());
      text.user = "user-" + std::to_string(random() % 1'000'000);
      auto& row = rows_.emplace_back();
      row.id = text.id;
      row.user_id = text.user;
      row.event_type = "page_view";
      row.properties = R"({"path":"/pricing","referrer":"search","plan":"free"})";
      row.occurred_at = kAugust2025 + static_cast<base::Micros>(random() % (28 * 86'400'000'000));
    }
    for (std::size_t at = 0; at < events; at += entry_events) {
      const auto count = std::min(entry_events, events - at);
      entries.push_back({.entry = {.shard = 0, .millis = millis, .number = at},
                         .received_at = kAugust2025,
                         .rows = std::span(rows_).subspan(at, count)});
    }
  }
  MadeBatch(const MadeBatch&) = delete;
  MadeBatch& operator=(const MadeBatch&) = delete;

  std::vector<EntryEvents> entries;

 private:
  struct Text {
    std::string id;
    std::string user;
  };
  std::vector<Text> texts_;
  std::vector<event::Row> rows_;
};

void write_batches(const std::string& url, std::size_t batches, std::size_t events,
                   std::size_t entry_events) {
  PostgresWriter writer({.url = url});
  std::random_device seed;
  std::mt19937_64 random(seed());
  for (std::size_t i = 0; i < batches; ++i) {
    const MadeBatch batch(events, entry_events, random() >> 2U, random);
    const auto written = writer.write(batch.entries);
    if (written) continue;
    std::cerr << written.error().message() << "\n";
    std::exit(1);
  }
}

std::size_t number(int count, char** words, int at, std::size_t otherwise) {
  return at < count ? std::strtoull(words[at], nullptr, 10) : otherwise;
}

int run(int count, char** words) {
  if (count < 2) {
    std::cerr << "ledger_bench postgres://… [BATCHES [EVENTS [EVENTS_OF_AN_ENTRY [WRITERS]]]]\n";
    return 2;
  }
  const auto batches = number(count, words, 2, 20);
  const auto events = number(count, words, 3, 50'000);
  const auto entry_events = number(count, words, 4, 1'000);
  const auto writers = number(count, words, 5, 1);
  const auto begun = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < writers; ++i) {
    threads.emplace_back([&] { write_batches(words[1], batches, events, entry_events); });
  }
  for (auto& thread : threads) thread.join();
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begun;
  std::cout << static_cast<double>(writers * batches * events) / seconds.count() << " events/s\n";
  return 0;
}

}  // namespace
}  // namespace tidemark::ledger::postgres

int main(int count, char** words) { return tidemark::ledger::postgres::run(count, words); }
