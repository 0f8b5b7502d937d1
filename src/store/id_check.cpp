#include "store/id_check.hpp"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stop_token>
#include <utility>

#include "base/this_thread.hpp"
#include "ledger/local/sorted_run.hpp"
#include "telemetry/log.hpp"

namespace tidemark::store {
namespace {

using ledger::local::BrokenRun;
using ledger::local::SortedRun;

constexpr double kBytesPerSecond = 64 << 20;
constexpr int kNice = 10;  // as the archiver: ingest and questions come first

void check(const SortedRun& run, const IdCheck::Repair& repair) {
  const auto sound = run.verify();
  if (sound) return;
  const std::string reason = sound.error().message();
  telemetry::warning("a file of the id index is damaged; rebuilding the file",
                     {{"reason", std::string_view(reason)}});
  const auto repaired = repair({BrokenRun{.run = run.description(), .why = sound.error()}});
  if (repaired) return;
  telemetry::error("a file of the id index is damaged: events with ids in this file are refused",
                   {{"reason", std::string_view(repaired.error().message())}});
}

/// Whether it may go on.
bool pause(std::chrono::duration<double> time, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  stopped.wait_for(lock, stop, time, [&] { return stop.stop_requested(); });
  return !stop.stop_requested();
}

void check_all(const ledger::local::IdIndex& ids, const IdCheck::Repair& repair,
               const std::stop_token& stop) {
  // Each run by itself, because holding all of them together keeps fresh ids in memory.
  const auto runs = ids.sealed()->runs();
  for (const auto& partition : runs) {
    for (const auto& run : partition) {
      check(*run, repair);
      const auto took = static_cast<double>(run->description().bytes) / kBytesPerSecond;
      if (!pause(std::chrono::duration<double>(took), stop)) return;
    }
  }
}

}  // namespace

std::uint64_t bytes_of(std::span<const archive::RunFile> runs) {
  std::uint64_t bytes = 0;
  for (const auto& run : runs) bytes += run.bytes;
  return bytes;
}

IdCheck::IdCheck(const ledger::local::IdIndex& ids, Options options, Repair repair)
    : thread_([&ids, options, repair = std::move(repair)](const std::stop_token& stop) {
        base::name_this_thread("id check");
        std::ignore = base::be_nice(kNice);
        if (options.at_once) check_all(ids, repair, stop);
        while (pause(options.again_after, stop)) check_all(ids, repair, stop);
      }) {}

IdCheck::~IdCheck() = default;

}  // namespace tidemark::store
