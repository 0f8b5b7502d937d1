// tidemark serve: the HTTP service.

#include <iostream>

#include "api/api.hpp"
#include "app/command_line.hpp"
#include "app/embedded.hpp"
#include "app/serving.hpp"
#include "http/handoff.hpp"
#include "telemetry/log.hpp"

namespace tidemark::app {
namespace {

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

void log_start(const StartReport& report) {
  for (const auto& orphan : report.orphans) {
    telemetry::info("deleted what an unfinished step had left",
                    {{"file", std::string_view(orphan)}});
  }
  if (!report.snapshot_refused.empty()) {
    telemetry::warning("the rollup is made anew",
                       {{"reason", std::string_view(report.snapshot_refused)}});
  }
  if (report.rebuilt_runs > 0) {
    telemetry::warning("files of the id index were made anew",
                       {{"files", static_cast<std::int64_t>(report.rebuilt_runs)}});
  }
  telemetry::info("opened the data folder",
                  {{"archived", static_cast<std::int64_t>(report.archived)},
                   {"from_journal", static_cast<std::int64_t>(report.from_journal)},
                   {"replayed_into_views", static_cast<std::int64_t>(report.replayed_views)},
                   {"seconds", report.seconds}});
}

void print_addresses(const std::string& url) {
  std::cout << "Tidemark " << api::version() << " listens on " << url << "\n"
            << "  try every call   " << url << "/docs\n"
            << "  read every call  " << url << "/redoc\n"
            << "  health, figures  " << url << "/readyz  " << url << "/metrics\n"
            << "Ctrl-C ends it.\n"
            << std::flush;
}

int serve(const config::Settings& settings) {
  block_stop_signals();
  const base::SystemClock clock;
  telemetry::Metrics metrics;
  auto embedded = Embedded::open({.files = files::posix_files(),
                                  .settings = settings,
                                  .clock = clock,
                                  .metrics = metrics,
                                  .around_answers = [](const std::function<void()>& answers) {
                                    const http::WakeScope together;
                                    answers();
                                  }});
  if (!embedded) {
    telemetry::error("FATAL", {{"reason", std::string_view(embedded.error().message())}});
    return fail(embedded.error());
  }
  log_start((*embedded)->report());

  auto serving = Serving::start({**embedded, settings, clock, metrics});
  if (!serving) return fail(kExitCannotWork, serving.error().message());
  const std::string url = (*serving)->url();
  auto announced = (*embedded)->folder().announce(url);
  if (!announced) {
    telemetry::warning("other commands will not find this service",
                       {{"reason", std::string_view(announced.error().message())}});
  }
  if (!is_loopback(settings.host)) {
    telemetry::warning("this address is open to everybody who can reach it: there are no keys yet",
                       {{"address", std::string_view(url)}});
  }
  print_addresses(url);

  wait_for_stop_signal();
  telemetry::info("stopping: requests under way are answered", {});
  (*serving)->stop();
  (*embedded)->stop();
  telemetry::info("stopped; everything that was acknowledged is on the disk", {});
  return kExitOk;
}

}  // namespace

void add_serve(CommandLine& commands) {
  commands.add("serve", "The HTTP service; SIGTERM or Ctrl-C ends it cleanly",
               [](const config::Loaded& loaded) { return serve(loaded.settings); });
}

}  // namespace tidemark::app
