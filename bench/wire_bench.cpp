// How fast bodies become rows: parsing, every check, and the hash of every id.
#include <array>
#include <random>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "event/encoding.hpp"
#include "event/timestamp.hpp"
#include "wire/decode.hpp"
#include "wire/inflate.hpp"
#include "wire/property.hpp"

namespace tidemark::wire {
namespace {

constexpr base::Micros kNow = 1'756'000'000 * base::kMicrosPerSecond;

/// 213 bytes: an event as the data sets have them.
std::string event_text(std::mt19937_64& random) {
  constexpr std::array<const char*, 4> kTypes{"view_item", "login", "purchase", "app_open"};
  char text[512];
  const int size = std::snprintf(
      text, sizeof text,
      R"({"event_id":"%08x-%04x-4%03x-a%03x-%012llx","occurred_at":"2025-08-%02uT%02u:%02u:%02uZ",)"
      R"("user_id":"%u","event_type":"%s","properties":{"country":"PL",)"
      R"("session_id":"%08x","item_id":"SKU%04u"}})",
      unsigned(random()), unsigned(random() & 0xFFFF), unsigned(random() & 0xFFF),
      unsigned(random() & 0xFFF), static_cast<unsigned long long>(random() & 0xFFFFFFFFFFFF),
      unsigned(1 + random() % 20), unsigned(random() % 24), unsigned(random() % 60),
      unsigned(random() % 60), unsigned(random() % 100'000), kTypes[random() % 4],
      unsigned(random()), unsigned(random() % 10'000));
  return {text, static_cast<std::size_t>(size)};
}

std::string body_text(int events, bool lines, bool spaced) {
  std::mt19937_64 random(7);
  std::string text = lines ? "" : "[";
  for (int i = 0; i < events; ++i) {
    if (i > 0) text += lines ? '\n' : ',';
    std::string event = event_text(random);
    if (spaced) {  // as Python's json.dumps writes
      std::string wide;
      for (const char c : event) {
        wide += c;
        if (c == ',' || (c == ':' && wide[wide.size() - 2] == '"')) wide += ' ';
      }
      event = wide;
    }
    text += event;
  }
  return lines ? text : text + "]";
}

const event::IdHasher& hasher() {
  static const event::IdHasher kHasher{event::IdHasher::Key{}};
  return kHasher;
}

void decode_body(benchmark::State& state, Format format, bool spaced) {
  const int events = static_cast<int>(state.range(0));
  const Body body = padded_body(body_text(events, format == Format::Ndjson, spaced));
  const DecodeOptions options{.now = kNow, .hasher = hasher()};
  for (auto _ : state) {
    auto decoded = decode(body, format, options);
    if (!decoded || decoded->batch.rows.size() != static_cast<std::size_t>(events)) {
      state.SkipWithError("not every event was taken");
      break;
    }
    benchmark::DoNotOptimize(decoded->batch.rows.data());
  }
  state.SetItemsProcessed(state.iterations() * events);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.text.size()));
}

void json(benchmark::State& state) { decode_body(state, Format::Json, false); }
void ndjson(benchmark::State& state) { decode_body(state, Format::Ndjson, false); }
void json_spaced(benchmark::State& state) { decode_body(state, Format::Json, true); }
BENCHMARK(json)->Arg(1)->Arg(1'000)->Arg(10'000);
BENCHMARK(ndjson)->Arg(1'000);
BENCHMARK(json_spaced)->Arg(1'000);

void encode_record(benchmark::State& state) {
  const Body body = padded_body(body_text(1'000, false, false));
  const auto decoded = decode(body, Format::Json, {.now = kNow, .hasher = hasher()});
  event::StoredRows rows;
  for (const auto& row : decoded->batch.rows) {
    rows.add(decoded->batch.project, {row, rows.size(), kNow});
  }
  std::vector<std::byte> out(event::encoded_bytes(rows));
  for (auto _ : state) {
    benchmark::DoNotOptimize(event::encoded_bytes(rows));
    event::encode(rows, out);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetItemsProcessed(state.iterations() * 1'000);
}
BENCHMARK(encode_record);

void timestamp(benchmark::State& state) {
  std::string text = "2025-08-21T03:52:34.123456+03:00";
  for (auto _ : state) {
    benchmark::DoNotOptimize(text.data());
    benchmark::DoNotOptimize(event::parse_timestamp(text));
  }
}
BENCHMARK(timestamp);

void hash_uuid(benchmark::State& state) {
  std::string text = "7b5ed1eb-83df-4255-a283-87fd4140b95e";
  for (auto _ : state) {
    benchmark::DoNotOptimize(text.data());
    benchmark::DoNotOptimize(hasher().hash(event::ProjectId::Default, text));
  }
}
BENCHMARK(hash_uuid);

void find_last_of_three(benchmark::State& state) {
  std::string text = R"({"country":"PL","session_id":"533e684a12","item_id":"SKU6991","x":1})";
  const std::vector<std::string> path{"item_id"};
  for (auto _ : state) {
    benchmark::DoNotOptimize(text.data());
    benchmark::DoNotOptimize(find_property(text, path));
  }
}
BENCHMARK(find_last_of_three);

}  // namespace
}  // namespace tidemark::wire
