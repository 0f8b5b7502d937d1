// tidemark bench: what this machine carries, with the generator on it.

#include <cstdio>
#include <memory>
#include <vector>

#include "app/bench/child_service.hpp"
#include "app/bench/load.hpp"
#include "app/command_line.hpp"
#include "app/generator.hpp"
#include "app/service_connection.hpp"
#include "http/client.hpp"

namespace tidemark::app {
namespace {

struct IngestOptions {
  double seconds = 10;
  std::size_t connections = 64;
  std::uint64_t users = 100'000;
  std::vector<std::size_t> batches = {1, 10, 100, 1'000};
};

struct QueryOptions {
  std::uint64_t events = 10'000'000;
  std::uint64_t users = 1'000'000;
};

base::Result<bench::LoadOptions> load_options(const std::string& url,
                                              const IngestOptions& options) {
  const auto parsed = http::parse_url(url);
  if (!parsed) return parsed.error();
  return bench::LoadOptions{.host = parsed->host,
                            .port = parsed->port,
                            .connections = options.connections,
                            .users = options.users,
                            .duration = std::chrono::duration<double>(options.seconds)};
}

int ingest(const IngestOptions& options) {
  std::printf("%8s %12s %12s %14s %9s %9s %9s %9s\n", "batch", "requests/s", "events/s",
              "events/CPU-s", "p50 ms", "p99 ms", "p99.9 ms", "MB peak");
  for (const auto batch : options.batches) {
    auto service = bench::ChildService::start({});
    if (!service) return fail(service.error());
    auto load = load_options((*service)->url(), options);
    if (!load) return fail(load.error());
    load->batch_events = batch;
    if (batch >= 100) load->connections = std::min<std::size_t>(load->connections, 8);
    const double cpu_before = (*service)->cpu_seconds();
    const auto report = bench::run_load(*load);
    if (!report) return fail(report.error());
    const double cpu = (*service)->cpu_seconds() - cpu_before;
    const auto events = static_cast<double>(report->events);
    std::printf("%8zu %12.0f %12.0f %14.0f %9.3f %9.3f %9.3f %9.0f\n", batch,
                static_cast<double>(report->requests) / report->seconds, events / report->seconds,
                events / cpu, report->percentile_ms(0.5), report->percentile_ms(0.99),
                report->percentile_ms(0.999),
                static_cast<double>((*service)->peak_memory_bytes()) / 1e6);
    std::fflush(stdout);
    if (report->refused > 0) {
      std::printf("         %llu requests were refused\n",
                  static_cast<unsigned long long>(report->refused));
    }
  }
  return kExitOk;
}

/// The digits behind "active_users" in an answer of one day.
std::string active_users(const std::string& body) {
  constexpr std::string_view kField = "\"active_users\":";
  const auto at = body.find(kField);
  if (at == std::string::npos) return "unknown";
  const auto digits = at + kField.size();
  return body.substr(digits, body.find_first_not_of("0123456789", digits) - digits);
}

/// The value of `dur=` in Server-Timing, in milliseconds.
double server_ms(const http::ClientResponse& response) {
  const auto timing = response.header("Server-Timing");
  const auto at = timing ? timing->find("dur=") : std::string_view::npos;
  return at == std::string_view::npos ? 0 : std::strtod(timing->data() + at + 4, nullptr);
}

/// Posts that many events of the generator's. Each line is another event of another user: repeated
/// bodies would leave the views with fewer users than they are asked about.
base::Status fill(ServiceConnection& service, const QueryOptions& options) {
  constexpr std::size_t kBatchEvents = 10'000;
  Generator generator({.events = options.events, .users = options.users});
  std::string lines;
  for (bool more = true; more;) {
    lines.clear();
    for (std::size_t i = 0; i < kBatchEvents && more; ++i) more = generator.next(lines);
    if (lines.empty()) break;
    const auto posted = service.post("/events", lines, "application/x-ndjson");
    if (!posted) return posted.error();
  }
  return base::ok;
}

int query(const config::Loaded& config, const QueryOptions& options) {
  auto child = bench::ChildService::start({});
  if (!child) return fail(child.error());
  auto service = ServiceConnection::open(config.settings, (*child)->url());
  if (!service) return fail(service.error());
  const auto filled = fill(**service, options);
  if (!filled) return fail(filled.error());
  const auto users = (*service)->get("/stats/mau?from=2025-06-30&to=2025-06-30");
  if (!users) return fail(users.error());
  std::printf("%llu events of 30 days; users in them: %s\n",
              static_cast<unsigned long long>(options.events), active_users(*users).c_str());
  const std::vector<std::string> targets = {
      "/stats/dau?from=2025-06-01&to=2025-06-30",
      "/stats/top-events?from=2025-06-01&to=2025-06-30",
      "/stats/mau?from=2025-06-01&to=2025-06-30",
      "/stats/retention?start_date=2025-06-01&windows=30&cohorts=30",
      "/stats/dau?from=2025-06-01&to=2025-06-30&segment=event_type:purchase",
      "/stats/dau?from=2025-06-01&to=2025-06-30&segment=properties.country%3DUA"};
  std::printf("%10s %10s  %s\n", "first ms", "best ms", "question");
  for (const auto& target : targets) {
    double first = 0;
    double best = 0;
    for (int i = 0; i < 5; ++i) {
      const auto response = (*service)->request({.target = target});
      if (!response) return fail(response.error());
      const double took = server_ms(*response);
      first = i == 0 ? took : first;
      best = i == 0 ? took : std::min(best, took);
    }
    std::printf("%10.3f %10.3f  %s\n", first, best, target.c_str());
    std::fflush(stdout);
  }
  return kExitOk;
}

}  // namespace

void add_bench(CommandLine& commands) {
  auto options = std::make_shared<IngestOptions>();
  auto* parent = commands.add("bench", "Measures a service of its own on this machine", {});
  parent->require_subcommand(1);
  auto* ingesting = commands.add_under(
      parent, "ingest", "Closed loop of POST /events, durable, with batches of several sizes",
      [options](const config::Loaded&) { return ingest(*options); });
  ingesting->add_option("--seconds", options->seconds, "Time for each size of batch [10]");
  ingesting->add_option("--connections", options->connections, "Connections [64]");
  ingesting->add_option("--users", options->users, "Users [100000]");
  ingesting->add_option("--batch", options->batches, "Sizes of batches [1 10 100 1000]");
  auto asked = std::make_shared<QueryOptions>();
  auto* querying =
      commands.add_under(parent, "query", "Times the questions over generated events",
                         [asked](const config::Loaded& config) { return query(config, *asked); });
  querying->add_option("--events", asked->events, "Events to ask about [10000000]");
  querying->add_option("--users", asked->users, "Users to choose from [1000000]");
}

}  // namespace tidemark::app
