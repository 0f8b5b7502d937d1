// tidemark bench: what this machine carries, with the generator on it.

#include <cstdint>
#include <limits>
#include <memory>

#include "app/bench/ingest_bench.hpp"
#include "app/bench/query_bench.hpp"
#include "app/commands/command_line.hpp"

namespace tidemark::app {
namespace {

// More than any machine carries: a slip of the finger is refused, nothing that makes sense is.
constexpr std::uint64_t kEventsMax = 1'000'000'000'000;
constexpr std::uint64_t kUsersMax = std::uint64_t{1} << 40U;
constexpr std::uint64_t kConnectionsMax = 100'000;
constexpr std::uint64_t kBatchMax = 1'000'000;
constexpr std::uint64_t kSeedMax = 60'000;  // a connection's number and it are 32 bits of an id
constexpr double kRateMax = 1e9;

int exit_code(const base::Status& status) { return status ? kExitOk : fail(status.error()); }

void add_ingest(CommandLine& commands, const Command& parent) {
  auto options = std::make_shared<bench::IngestOptions>();
  const auto command = commands.add_under(
      parent, "ingest", "Measures POST /events with batches of several sizes",
      [options](const config::Loaded&) { return exit_code(bench::bench_ingest(*options)); });
  command.option("--seconds", &options->seconds, "Time for each size of batch [10]")
      .plain_number(0.1, 86'400);
  command.option("--events", &options->events, "Stop early, after this number of events")
      .whole_number(0, kEventsMax);
  command.option("--connections", &options->connections, "Connections [64]")
      .whole_number(1, kConnectionsMax);
  command.option("--users", &options->users, "Users [100000]").whole_number(1, kUsersMax);
  command
      .option("--seed", &options->seed, "Seed of the event ids: another seed gives other ids [1]")
      .whole_number(0, kSeedMax);
  command.option("--batch", &options->batches, "Sizes of batches [1 10 100 1000]")
      .whole_number(1, kBatchMax);
  command
      .option("--rate", &options->events_per_second,
              "Open loop: events to send a second; latency counts from when an event was due "
              "[closed loop]")
      .plain_number(0, kRateMax);
  command.flag("--archived", options->archived,
               "Wait for the archive, and report its cost and its bytes on disk");
  command.flag("--json", options->json, "Print one JSON object a line");
  command.option("--url", &options->url, "Measure this service instead of starting one");
  command.option("--target", &options->target, "Path at which the service takes events [/events]");
  command.flag("--lines", options->lines, "Send NDJSON instead of an array");
  command
      .option("--process", &options->process, "Id of the process whose CPU and memory are reported")
      .whole_number(1, std::numeric_limits<int>::max());
  command.option("--folder", &options->folder, "Folder whose size is reported");
}

void add_query(CommandLine& commands, const Command& parent) {
  auto options = std::make_shared<bench::QueryOptions>();
  const auto command =
      commands.add_under(parent, "query", "Measures questions over generated events, one at a time",
                         [options](const config::Loaded& config) {
                           return exit_code(bench::bench_questions(config.settings, *options));
                         });
  command.option("--events", &options->events, "Number of events [10000000]")
      .whole_number(1, kEventsMax);
  command.option("--users", &options->users, "Number of users [1000000]")
      .whole_number(1, kUsersMax);
  command.option("--days", &options->days, "Number of days over which the events are spread [30]")
      .whole_number(1, 366);
  command.option("--times", &options->times, "How often each question is asked [5]")
      .whole_number(1, 1'000);
  command.flag("--json", options->json, "Print one JSON object a line");
  command.option("--url", &options->url,
                 "Ask this service, which has its events already, instead of starting one");
}

void add_mixed(CommandLine& commands, const Command& parent) {
  auto options = std::make_shared<bench::MixedOptions>();
  const auto command =
      commands.add_under(parent, "mixed", "Measures questions while events arrive in an open loop",
                         [options](const config::Loaded& config) {
                           return exit_code(bench::bench_mixed(config.settings, *options));
                         });
  command.option("--seconds", &options->seconds, "Time [20]").plain_number(0.1, 86'400);
  command.option("--batch", &options->batch, "Events of a request [1000]")
      .whole_number(1, kBatchMax);
  command.option("--connections", &options->connections, "Connections [64]")
      .whole_number(1, kConnectionsMax);
  command.option("--rate", &options->events_per_second, "Events a second [200000]")
      .plain_number(1, kRateMax);
  command.option("--users", &options->users, "Users [100000]").whole_number(1, kUsersMax);
  command.flag("--json", options->json, "Print one JSON object a line");
}

}  // namespace

void add_bench(CommandLine& commands) {
  const auto parent =
      commands.add("bench", "Measures a service on this machine: its own, or another one", {});
  parent.needs_one_below();
  add_ingest(commands, parent);
  add_query(commands, parent);
  add_mixed(commands, parent);
}

}  // namespace tidemark::app
