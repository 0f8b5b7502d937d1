#include "app/bench/query_bench.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "app/bench/child_service.hpp"
#include "app/bench/load.hpp"
#include "app/bench/process_figures.hpp"
#include "app/commands/generator.hpp"
#include "app/commands/service_connection.hpp"
#include "event/local_day.hpp"
#include "http/client.hpp"

namespace tidemark::app::bench {
namespace {

using Clock = std::chrono::steady_clock;

struct Question {
  std::string name;
  std::string target;
};

/// The dashboard's questions about `days` days, and the two that only a scan answers.
std::vector<Question> questions(std::int32_t days) {
  const event::LocalDay first = Generator::Options{}.first_day;
  const auto from = event::to_string(first);
  const auto to = event::to_string(event::LocalDay{first.days + days - 1});
  const std::string range = "?from=" + from + "&to=" + to;
  const std::string windows = "&windows=30&cohorts=" + std::to_string(days);
  return {{"dau", "/stats/dau" + range},
          {"top events with users", "/stats/top-events" + range},
          {"mau", "/stats/mau" + range},
          {"retention x 30, active", "/stats/retention?start_date=" + from + windows},
          {"retention x 30, first seen",
           "/stats/retention?start_date=" + from + windows + "&cohort=first_seen"},
          {"dau of an event type", "/stats/dau" + range + "&segment=event_type:purchase"},
          {"dau in Asia/Kathmandu", "/stats/dau" + range + "&tz=Asia/Kathmandu&engine=rollup"},
          {"dau by a property", "/stats/dau" + range + "&segment=properties.country%3DUA"}};
}

/// Posts the generator's events. Each line is another event of another user: repeated bodies would
/// leave the views with fewer users than they are asked about.
base::Status fill(ServiceConnection& service, const QueryOptions& options) {
  constexpr std::size_t kBatchEvents = 10'000;
  Generator generator({.events = options.events, .users = options.users, .days = options.days});
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

double milliseconds(Clock::duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

/// The time that an answer took, as its asker sees it; nothing where it was refused for now.
/// `anew`: it is calculated, whatever answers the service has kept.
base::Result<std::optional<Clock::duration>> ask(ServiceConnection& service,
                                                 const Question& question, bool anew = true) {
  http::ClientRequest request{.target = question.target};
  if (anew) request.headers.push_back({"Cache-Control", "no-cache"});
  const auto begun = Clock::now();
  const auto answer = service.request(request);
  if (!answer) return answer.error();
  if (answer->status == 200) return std::optional(Clock::now() - begun);
  if (answer->status == 503) return std::optional<Clock::duration>();
  return base::Error{base::ErrorCode::Unavailable,
                     question.target + ": " + std::to_string(answer->status)};
}

base::Status ask_all(ServiceConnection& service, const QueryOptions& options) {
  if (!options.json) {
    std::printf("%10s %10s %10s  %s\n", "first ms", "median ms", "kept ms", "question");
  }
  for (const auto& question : questions(options.days)) {
    std::vector<double> times;
    for (std::uint64_t i = 0; i < options.times; ++i) {
      const auto took = ask(service, question);
      if (!took) return took.error();
      if (*took) times.push_back(milliseconds(**took));
    }
    if (times.empty()) continue;
    const auto kept = ask(service, question, false);
    if (!kept) return kept.error();
    const double first = times.front();
    const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
    std::ranges::nth_element(times, middle);
    std::printf(options.json ? "{\"first_ms\":%.3f,\"median_ms\":%.3f,\"kept_ms\":%.3f,"
                               "\"question\":\"%s\"}\n"
                             : "%10.3f %10.3f %10.3f  %s\n",
                first, *middle, milliseconds(kept->value_or(Clock::duration())),
                question.name.c_str());
    std::fflush(stdout);
  }
  return base::ok;
}

}  // namespace

base::Status bench_questions(const config::Settings& settings, const QueryOptions& options) {
  if (!options.url.empty()) {
    auto other = ServiceConnection::open(settings, options.url);
    if (!other) return other.error();
    return ask_all(**other, options);
  }
  auto child = ChildService::start({});
  if (!child) return child.error();
  auto service = ServiceConnection::open(settings, (*child)->url());
  if (!service) return service.error();
  const auto begun = Clock::now();
  const auto filled = fill(**service, options);
  if (!filled) return filled;
  const std::chrono::duration<double> took = Clock::now() - begun;
  const auto figures = figures_of((*child)->process());
  std::printf(options.json
                  ? "{\"events\":%llu,\"users\":%llu,\"days\":%d,\"fill_seconds\":%.1f,"
                    "\"peak_memory_mb\":%.0f}\n"
                  : "%llu events of up to %llu users in %d days, posted in %.1f s; %.0f MB peak\n",
              static_cast<unsigned long long>(options.events),
              static_cast<unsigned long long>(options.users), options.days, took.count(),
              static_cast<double>(figures.peak_memory_bytes) / 1e6);
  return ask_all(**service, options);
}

base::Status bench_mixed(const config::Settings& settings, const MixedOptions& options) {
  auto child = ChildService::start({});
  if (!child) return child.error();
  auto service = ServiceConnection::open(settings, (*child)->url());
  if (!service) return service.error();
  const auto url = http::parse_url((*child)->url());
  if (!url) return url.error();

  base::Result<LoadReport> report = LoadReport{};
  std::jthread load([&] {
    report = run_load(
        {.host = url->host,
         .port = url->port,
         .connections = options.connections,
         .batch_events = options.batch,
         .users = options.users,
         .duration = std::chrono::duration<double>(options.seconds),
         .requests_per_second = options.events_per_second / static_cast<double>(options.batch)});
  });
  // The scan is left out: one a second would be all that is measured.
  auto asked = questions(30);
  asked.pop_back();
  std::vector<LatencyHistogram> latencies(asked.size());
  const auto end = Clock::now() + std::chrono::duration<double>(options.seconds);
  base::Status status = base::ok;
  for (std::size_t i = 0; status && Clock::now() < end; i = (i + 1) % asked.size()) {
    const auto took = ask(**service, asked[i]);
    if (!took) status = took.error();
    if (took && *took) latencies[i].record(**took);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));  // a dashboard, not a load
  }
  load.join();
  if (!status) return status;
  if (!report) return report.error();

  const auto print = [&](const std::string& name, const LatencyHistogram& latency) {
    std::printf(options.json ? "{\"what\":\"%s\",\"count\":%llu,\"p50_ms\":%.3f,\"p99_ms\":%.3f,"
                               "\"p999_ms\":%.3f}\n"
                             : "%-28s %9llu %9.3f %9.3f %9.3f\n",
                name.c_str(), static_cast<unsigned long long>(latency.count()),
                milliseconds(latency.percentile(0.5)), milliseconds(latency.percentile(0.99)),
                milliseconds(latency.percentile(0.999)));
  };
  if (!options.json) {
    std::printf("%.0f events/s arrived, %llu requests missed\n",
                static_cast<double>(report->events) / report->seconds,
                static_cast<unsigned long long>(report->missed));
    std::printf("%-28s %9s %9s %9s %9s\n", "what", "count", "p50 ms", "p99 ms", "p99.9 ms");
  }
  print("POST /events", report->latency);
  for (std::size_t i = 0; i < asked.size(); ++i) print(asked[i].name, latencies[i]);
  return base::ok;
}

}  // namespace tidemark::app::bench
