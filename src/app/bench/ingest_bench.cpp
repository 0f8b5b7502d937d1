#include "app/bench/ingest_bench.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <thread>

#include "app/bench/child_service.hpp"
#include "http/client.hpp"

namespace tidemark::app::bench {
namespace {

using base::Error;
using base::ErrorCode;

/// More connections than this only add to what waits, where each brings a large batch.
constexpr std::size_t kConnectionsOfLargeBatches = 8;
constexpr std::size_t kLargeBatch = 100;

/// The service under load: one of ours, or the one that was named.
struct Target {
  std::unique_ptr<ChildService> child;
  http::Url url;
  pid_t process = 0;
  std::filesystem::path folder;
};

base::Result<Target> open_target(const IngestOptions& options) {
  Target target;
  std::string url = options.url;
  target.process = options.process;
  target.folder = options.folder;
  if (url.empty()) {
    auto started = ChildService::start({});
    if (!started) return started.error();
    target.child = std::move(*started);
    target.process = target.child->process();
    target.folder = target.child->folder();
    url = target.child->url();
  }
  auto parsed = http::parse_url(url);
  if (!parsed) return parsed.error();
  target.url = std::move(*parsed);
  return target;
}

/// What the archive holds, and what it has cost.
struct Archived {
  double events_per_cpu_second = 0;
  double disk_bytes_per_event = 0;
};

/// The value of a figure in the text of `/metrics`.
std::optional<double> metric(const std::string& text, const std::string& name) {
  const auto at = text.find("\n" + name + " ");
  if (at == std::string::npos) return {};
  return std::strtod(text.c_str() + at + name.size() + 2, nullptr);
}

/// Asks every 50 ms, for at most a minute, until less than a whole segment is not archived.
base::Result<Archived> wait_for_archive(const Target& target, double cpu_before) {
  constexpr double kSegmentEvents = 1'000'000;  // archive_events unless set
  constexpr int kAttempts = 1'200;
  http::Client client({.host = target.url.host, .port = target.url.port});
  for (int i = 0; i < kAttempts; ++i) {
    auto answer = client.get("/metrics");
    if (!answer) return answer.error();
    const auto position = metric(answer->body, "tidemark_position");
    const auto lag = metric(answer->body, "tidemark_archive_lag_events");
    if (!position || !lag)
      return Error{ErrorCode::Unavailable, "no Tidemark service answers at this address"};
    if (*lag < kSegmentEvents && *position > *lag) {
      const double cpu = figures_of(target.process).cpu_seconds - cpu_before;
      const auto bytes = static_cast<double>(folder_bytes(target.folder, "journal"));
      return Archived{.events_per_cpu_second = *position / cpu,
                      .disk_bytes_per_event = bytes / (*position - *lag)};
    }
    if (*position < kSegmentEvents) return Archived{};
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return Error{ErrorCode::TimedOut, "the archive did not catch up within a minute"};
}

double milliseconds(LatencyHistogram::Nanoseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

struct Row {
  std::size_t batch = 0;
  LoadReport load;
  double cpu_seconds = 0;
  std::uint64_t peak_memory_bytes = 0;
  Archived archived = {};
};

void print_header() {
  std::printf("%6s %10s %11s %11s %13s %8s %8s %8s %7s %7s %8s %13s %8s\n", "batch", "events",
              "requests/s", "events/s", "events/CPU-s", "p50 ms", "p99 ms", "p99.9", "missed",
              "refused", "MB peak", "with archive", "B/event");
}

void print(const Row& row, bool json) {
  const auto& load = row.load;
  const auto events = static_cast<double>(load.events);
  const char* form =
      json ? "{\"batch\":%zu,\"events\":%llu,\"requests_per_second\":%.1f,"
             "\"events_per_second\":%.1f,\"events_per_cpu_second\":%.1f,\"p50_ms\":%.4f,\"p99_ms\":"
             "%.4f,\"p999_ms\":%.4f,"
             "\"missed\":%llu,\"refused\":%llu,\"peak_memory_mb\":%.1f,"
             "\"events_per_cpu_second_archived\":%.1f,\"disk_bytes_per_event\":%.2f}\n"
           : "%6zu %10llu %11.0f %11.0f %13.0f %8.3f %8.3f %8.3f %7llu %7llu %8.0f %13.0f %8.1f\n";
  std::printf(
      form, row.batch, static_cast<unsigned long long>(load.events),
      static_cast<double>(load.requests) / load.seconds, events / load.seconds,
      row.cpu_seconds > 0 ? events / row.cpu_seconds : 0,
      milliseconds(load.latency.percentile(0.5)), milliseconds(load.latency.percentile(0.99)),
      milliseconds(load.latency.percentile(0.999)), static_cast<unsigned long long>(load.missed),
      static_cast<unsigned long long>(load.refused),
      static_cast<double>(row.peak_memory_bytes) / 1e6, row.archived.events_per_cpu_second,
      row.archived.disk_bytes_per_event);
  std::fflush(stdout);
}

base::Result<Row> measure(const IngestOptions& options, std::size_t which) {
  const auto batch = options.batches[which];
  auto target = open_target(options);
  if (!target) return target.error();
  LoadOptions load{.host = target->url.host,
                   .port = target->url.port,
                   .target = options.target,
                   .format = options.lines ? BodyFormat::Lines : BodyFormat::Array,
                   .connections = options.connections,
                   .batch_events = batch,
                   .users = options.users,
                   .seed = options.seed + which,
                   .duration = std::chrono::duration<double>(options.seconds),
                   .events_max = options.events,
                   .requests_per_second = options.events_per_second / static_cast<double>(batch)};
  const bool open_loop = options.events_per_second > 0;
  if (batch >= kLargeBatch && !open_loop) {
    load.connections = std::min(load.connections, kConnectionsOfLargeBatches);
  }
  const double cpu_before = figures_of(target->process).cpu_seconds;
  auto report = run_load(load);
  if (!report) return report.error();
  const auto after = figures_of(target->process);
  Row row{.batch = batch,
          .load = std::move(*report),
          .cpu_seconds = after.cpu_seconds - cpu_before,
          .peak_memory_bytes = after.peak_memory_bytes};
  if (options.archived) {
    auto archived = wait_for_archive(*target, cpu_before);
    if (!archived) return archived.error();
    row.archived = *archived;
    row.peak_memory_bytes = figures_of(target->process).peak_memory_bytes;
  }
  return row;
}

}  // namespace

base::Status bench_ingest(const IngestOptions& options) {
  if (!options.json) print_header();
  for (std::size_t which = 0; which < options.batches.size(); ++which) {
    const auto row = measure(options, which);
    if (!row) return row.error();
    print(*row, options.json);
  }
  return base::ok;
}

}  // namespace tidemark::app::bench
