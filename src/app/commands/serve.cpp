// tidemark serve: the HTTP service.

#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <tuple>
#include <utility>

#include <malloc.h>

#include "api/api.hpp"
#include "app/commands/command_line.hpp"
#include "app/commands/generator.hpp"
#include "app/commands/print.hpp"
#include "app/commands/service_connection.hpp"
#include "app/wiring/descriptors.hpp"
#include "app/wiring/embedded.hpp"
#include "app/wiring/entrance.hpp"
#include "app/wiring/server_profile.hpp"
#include "app/wiring/serving.hpp"
#include "app/wiring/signals.hpp"
#include "app/wiring/tls.hpp"
#include "http/client.hpp"
#include "telemetry/log.hpp"

namespace tidemark::app {
namespace {

void log_start(const store::StartReport& report) {
  for (const auto& orphan : report.orphans) {
    telemetry::info("deleted a file that an unfinished step had left",
                    {{"file", std::string_view(orphan)}});
  }
  if (!report.snapshot_refused.empty()) {
    telemetry::warning("building the rollup anew",
                       {{"reason", std::string_view(report.snapshot_refused)}});
  }
  if (report.rebuilt_runs > 0) {
    telemetry::warning("rebuilt files of the id index",
                       {{"files", static_cast<std::int64_t>(report.rebuilt_runs)}});
  }
  if (!report.loss_accepted.empty()) {
    telemetry::warning("started without events that were acknowledged: a new epoch begins",
                       {{"missing", std::string_view(report.loss_accepted)}});
  }
  if (!report.dropped.empty() && report.unconfirmed_bytes == 0) {
    telemetry::info("dropped an unfinished record, whose events were never acknowledged",
                    {{"what", std::string_view(report.dropped)}});
  }
  if (report.unconfirmed_bytes > 0) {
    telemetry::warning(
        "bytes at the journal's end could not be read and were dropped; after a power cut, these "
        "bytes may have been acknowledged events: start once with --accept-loss to confirm the "
        "loss",
        {{"bytes", static_cast<std::int64_t>(report.unconfirmed_bytes)},
         {"what", std::string_view(report.dropped)}});
  }
  telemetry::info("opened the data folder",
                  {{"archived", static_cast<std::int64_t>(report.archived)},
                   {"from_journal", static_cast<std::int64_t>(report.from_journal)},
                   {"replayed_into_views", static_cast<std::int64_t>(report.replayed_views)},
                   {"seconds", report.seconds}});
}

void print_addresses(const std::string& url) {
  announce(
      "Tidemark {} listens on {}\n"
      "  try every call   {}/docs\n"
      "  read every call  {}/redoc\n"
      "  health, figures  {}/readyz  {}/metrics\n"
      "Ctrl-C ends it.\n",
      api::version(), url, url, url, url, url);
}

/// A first look needs something to look at: events up to the end of a month that is over.
constexpr std::uint64_t kDemoEvents = 50'000;
constexpr std::size_t kDemoBatch = 5'000;

base::Status load_demo(store::LocalStore& store, const http::Url& url, const std::string& key) {
  if (store.publication().current()->position > 0) return base::ok;  // it has events already
  http::Client client(
      {.host = url.host, .port = url.port, .headers = {{"Authorization", "Bearer " + key}}});
  Generator generator({.events = kDemoEvents, .users = 2'000, .days = 60});
  bool more = true;
  while (more) {
    std::string lines;
    for (std::size_t i = 0; i < kDemoBatch && more; ++i) more = generator.next(lines);
    if (lines.empty()) break;
    auto sent = client.post("/events", lines, "application/x-ndjson");
    if (!sent) return sent.error();
    if (sent->status != 202) {
      return base::Error{base::ErrorCode::Unavailable, "answered " + std::to_string(sent->status)};
    }
  }
  announce(
      "The demo has {} events from 2025-06-01 to 2025-07-30; try\n"
      "  http://{}:{}/stats/dau?from=2025-06-01&to=2025-07-30\n",
      kDemoEvents, url.host, url.port);
  return base::ok;
}

/// Bodies and answers of megabytes go back to the system when they are freed. By default malloc,
/// once it has freed such a block, keeps blocks of up to 32 MiB in the heap of the requesting
/// thread: an attack with large answers left three times the memory that was held at once.
void give_large_blocks_back() {
  constexpr int kLargeBytes = 4 << 20;
  std::ignore = mallopt(M_MMAP_THRESHOLD, kLargeBytes);
}

/// Seconds that a service which was up waits for its servers: giving up would mend nothing.
constexpr std::int64_t kUntilStopped = 365 * 86'400;

/// What `serve` needs for as long as it runs, however often a profile is opened.
struct Context {
  const config::Settings& settings;
  const base::Clock& clock;
  bool demo = false;
  bool open_in_words = false;
  std::optional<store::AcceptedLoss> accepted_loss;  ///< for the first opening alone
  std::atomic<bool> folder_lost{false};
};

void tell_whether_open(const Entrance& entrance, const config::Settings& settings,
                       const std::string& url) {
  if (entrance.is_closed()) return;
  announce(
      "There are no keys yet: whoever reaches it may do everything; `tidemark setup` ends "
      "that.\n\n");
  if (is_loopback(settings.host)) return;
  telemetry::warning(
      "everybody who can reach this address can use the service, because there are no keys yet",
      {{"address", std::string_view(url)}});
}

struct Served {
  StopSignal ended_by = StopSignal::Stop;
  std::uint16_t port = 0;
};

/// Whoever sends clients here hears it from `/readyz`, clients from their answers; another signal
/// ends it.
void drain(Serving& serving, std::chrono::seconds time) {
  serving.drain();
  if (time.count() == 0) return;
  telemetry::info("stopping: still serving while clients are asked to leave",
                  {{"seconds", std::int64_t{time.count()}}});
  const auto another = wait_for_stop_signal(time);
  if (another) telemetry::info("told to stop a second time: no longer waiting for clients", {});
}

void end(Serving& serving) {
  telemetry::info("stopping: answering requests in progress", {});
  const Impatience impatience([&serving] { serving.cut(); });
  serving.stop();
}

/// A database that is away for a moment, after a failover for example, is waited for as at the
/// start.
base::Result<std::unique_ptr<Entrance>> open_entrance(const Context& context,
                                                      telemetry::Metrics& metrics) {
  constexpr std::chrono::milliseconds kPause{500};
  const auto end =
      std::chrono::steady_clock::now() + std::chrono::seconds(context.settings.start_seconds_max);
  for (;;) {
    auto entrance = Entrance::open(context.settings, context.clock, metrics);
    const bool is_away = !entrance && entrance.error().code() == base::ErrorCode::Unavailable &&
                         is_server_profile(context.settings);
    if (!is_away || std::chrono::steady_clock::now() >= end || stop_signal_waits()) return entrance;
    telemetry::warning("waiting for the catalog",
                       {{"reason", std::string_view(entrance.error().message())}});
    std::this_thread::sleep_for(kPause);
  }
}

/// Serves until a signal comes.
base::Result<Served> serve_profile(Profile& profile, telemetry::Metrics& metrics,
                                   const Context& context) {
  log_start(profile.store().report());
  auto entrance = open_entrance(context, metrics);
  if (!entrance) return entrance.error();
  if (auto fits = (*entrance)->check_address(context.settings.host, context.open_in_words); !fits) {
    return fits.error();
  }
  auto serving = Serving::start({profile, **entrance, context.settings, context.clock, metrics});
  if (!serving) return serving.error();
  const std::string url = (*serving)->url();
  if (auto announced = profile.folder().announce(url); !announced) {
    telemetry::warning(
        "cannot write the address of this service into the data folder, so other commands will not "
        "find the service",
        {{"reason", std::string_view(announced.error().message())}});
  }
  print_addresses(url);
  tell_whether_open(**entrance, context.settings, url);
  if (context.demo) {
    const auto parsed = http::parse_url(url);
    auto loaded = parsed ? load_demo(profile.store(), *parsed, (*entrance)->own_key())
                         : base::Status(parsed.error());
    if (!loaded) return loaded.error().while_doing("loading the demo");
  }
  const Served served{.ended_by = wait_for_stop_signal(), .port = (*serving)->port()};
  if (served.ended_by == StopSignal::Stop && !context.folder_lost) {
    drain(**serving, std::chrono::seconds(context.settings.drain_seconds));
  }
  end(**serving);
  profile.stop();
  return served;
}

base::Result<std::unique_ptr<Profile>> open_profile(Context& context, telemetry::Metrics& metrics) {
  const auto on_lost_folder = [&context](const base::Error&) {
    context.folder_lost = true;
    ask_to_stop();
  };
  if (!is_server_profile(context.settings)) {
    const auto accepted = std::exchange(context.accepted_loss, std::nullopt);
    auto embedded =
        open_embedded(context.settings, context.clock, metrics, {accepted, on_lost_folder});
    if (!embedded) return embedded.error();
    if (accepted && (*embedded)->store().report().loss_accepted.empty()) {
      telemetry::warning("nothing is missing: start without --accept-loss from now on", {});
    }
    return std::unique_ptr<Profile>(std::move(*embedded));
  }
  auto server = ServerProfile::open({.files = files::posix_files(),
                                     .settings = context.settings,
                                     .clock = context.clock,
                                     .metrics = metrics,
                                     .around_answers = answer_together,
                                     .on_void = ask_to_start_again,
                                     .on_lost_folder = on_lost_folder,
                                     .stopped = stop_signal_waits});
  if (!server) return server.error();
  return std::unique_ptr<Profile>(std::move(*server));
}

/// What the command line says in addition to the settings.
struct Wishes {
  bool demo = false;
  bool open = false;
  bool accepts_loss = false;
  std::string accepted_from;  ///< empty: whatever is missing
};

base::Result<std::optional<store::AcceptedLoss>> accepted_loss_of(const Wishes& wishes) {
  if (!wishes.accepts_loss) return std::optional<store::AcceptedLoss>();
  const auto& text = wishes.accepted_from;
  if (text.empty()) return std::optional(store::AcceptedLoss{});
  event::Sequence from = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), from);
  if (error != std::errc() || end != text.data() + text.size()) {
    return base::Error{base::ErrorCode::InvalidInput,
                       "--accept-loss=\"" + text +
                           "\": expected no value, or the number of the first missing event, as "
                           "the refusal to start gives it"};
  }
  return std::optional(store::AcceptedLoss{.from = from});
}

int serve(config::Settings settings, const Wishes& wishes) {
  block_stop_signals();
  give_large_blocks_back();
  warn_of_low_limit(raise_descriptor_limit(), static_cast<std::size_t>(settings.connections_max));
  if (auto fits = check_profile(settings); !fits) return fail(fits.error());
  if (auto fits = check_tls(settings); !fits) return fail(fits.error());
  if (wishes.demo && tls_of(settings)) {
    return fail(kExitUsage,
                "--demo loads its events over plain HTTP: start once without tls_certificate and "
                "tls_key, then with them");
  }
  const base::SystemClock clock;
  auto accepted = accepted_loss_of(wishes);
  if (!accepted) return fail(accepted.error());
  Context context{.settings = settings,
                  .clock = clock,
                  .demo = wishes.demo,
                  .open_in_words = wishes.open,
                  .accepted_loss = *accepted};
  for (;;) {
    telemetry::Metrics metrics;
    auto profile = open_profile(context, metrics);
    if (!profile) {
      telemetry::error("FATAL", {{"reason", std::string_view(profile.error().message())}});
      return fail(profile.error());
    }
    const auto served = serve_profile(**profile, metrics, context);
    if (!served) return fail(served.error());
    if (context.folder_lost) {
      return fail(kExitCannotWork,
                  "the data folder " + settings.data_dir +
                      " was removed, moved or replaced while it was in use; put the folder back as "
                      "it was, or name its new place with --data-dir");
    }
    if (served->ended_by != StopSignal::StartAgain) break;
    telemetry::warning("opening everything again", {});
    // Who knows the address finds it there again, as soon as the servers are.
    settings.port = served->port;
    settings.start_seconds_max = kUntilStopped;
  }
  telemetry::info("stopped; everything that was acknowledged is on the disk", {});
  return kExitOk;
}

}  // namespace

void add_serve(CommandLine& commands) {
  auto wishes = std::make_shared<Wishes>();
  const auto command = commands.add(
      "serve", "Runs the HTTP service; SIGTERM or Ctrl-C ends it cleanly",
      [wishes](const config::Loaded& loaded) { return serve(loaded.settings, *wishes); });
  command.flag("--demo", wishes->demo, "Load a small generated set of events into an empty folder");
  command.flag("--open", wishes->open,
               "Listen without any key, also where others can reach it: whoever does may do all");
  command
      .option(
          "--accept-loss",
          [wishes](const std::string& from) {
            wishes->accepts_loss = true;
            wishes->accepted_from = from;
          },
          "Start although acknowledged events are missing; with =N, only if N is the first missing "
          "event, as the refusal to start gives it")
      .optional_value("[=EVENT]");
}

}  // namespace tidemark::app
