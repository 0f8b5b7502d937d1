// tidemark generate: plausible events on standard output.

#include <cstdint>
#include <limits>
#include <memory>

#include "app/commands/command_line.hpp"
#include "app/commands/generator.hpp"
#include "app/commands/print.hpp"

namespace tidemark::app {
namespace {

// Months of writing.
constexpr std::uint64_t kEventsMax = 1'000'000'000'000;
constexpr std::uint64_t kUsersMax = std::uint64_t{1} << 40U;
constexpr std::size_t kFlushBytes = std::size_t{1} << 20;

int generate(const Generator::Options& options) {
  Generator generator(options);
  std::string lines;
  bool more = true;
  while (more) {
    lines.clear();
    while (lines.size() < kFlushBytes && (more = generator.next(lines))) {
    }
    print_bytes(lines);
    if (!flushed()) return fail(kExitCannotWork, "cannot write to standard output");
  }
  return kExitOk;
}

}  // namespace

void add_generate(CommandLine& commands) {
  auto options = std::make_shared<Generator::Options>();
  auto first_day = std::make_shared<std::string>("2025-06-01");
  const auto command =
      commands.add("generate", "Writes plausible events as NDJSON, the same for the same seed",
                   [options, first_day](const config::Loaded&) {
                     const auto day = event::parse_day(*first_day);
                     if (!day) {
                       return fail(kExitUsage,
                                   "--from: expected a date such as 2025-06-01, "
                                   "received \"" +
                                       *first_day + "\"");
                     }
                     options->first_day = *day;
                     return generate(*options);
                   });
  command.option("--events", &options->events, "Number of events [10000]")
      .whole_number(0, kEventsMax);
  command.option("--users", &options->users, "Number of users [1000]").whole_number(1, kUsersMax);
  command.option("--days", &options->days, "Number of days [30]").whole_number(1, 3'660);
  command
      .option("--seed", &options->seed,
              "Seed of the random numbers: another seed gives other events [1]")
      .whole_number(0, std::numeric_limits<std::uint64_t>::max());
  command.option("--from", first_day.get(), "The first day [2025-06-01]");
}

}  // namespace tidemark::app
