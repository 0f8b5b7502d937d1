#pragma once

/// The parts of a Rollup.

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "views/rollup/project.hpp"
#include "views/rollup/rollup.hpp"
#include "views/rollup/root.hpp"
#include "views/rollup/snapshot/store.hpp"
#include "views/rollup/zone_builder.hpp"

namespace tidemark::views::rollup {

class Rollup::State {
 public:
  State(files::Files& files, RollupOptions asked)
      : options(std::move(asked)),
        snapshots(files, {.folder = options.folder,
                          .ledger_id = options.ledger_id,
                          .ledger_end = options.ledger_end,
                          .hash_seed = options.hash_seed}) {}

  /// Loads the snapshot, if there is a usable one.
  void load();

  /// Called after the writer changed something: keeps the memory within its bound, and updates the
  /// figures.
  void settle();
  Project& project(event::ProjectId id);
  /// Measures what each project takes; visits each set, at most once per kWeighEvery.
  void weigh(const Root& root);
  /// Projects above their own bound, as weighed, lose their rarest types.
  void hold_to_budgets();

  const RollupOptions options;
  std::string snapshot_refused;
  snapshot::Store snapshots;

  // Used by the writer only.
  event::Sequence position = 0;
  std::map<event::ProjectId, Project> projects;
  bool given_up = false;

  // Has one holder more than there are roots. Dropping something here does not free it while roots
  // hold it.
  std::shared_ptr<const int> lives = std::make_shared<const int>(0);

  // Used by all threads.
  std::atomic<event::Sequence> position_seen{0};
  std::atomic<std::uint64_t> uses{0};  ///< counts questions, to tell which zone was used last
  std::atomic<std::uint64_t> users{0};
  std::atomic<std::uint64_t> types{0};
  std::atomic<std::uint64_t> types_dropped{0};
  std::atomic<std::uint64_t> zones{0};
  std::atomic<bool> given_up_seen{false};
  std::atomic<bool> zones_dropped{false};  ///< memory was short: no more zones are built
  std::atomic<ZoneBuilder*> builder{nullptr};
  std::atomic<bool> too_large_found{false};
  std::mutex weighing;  // guards the next two members
  std::vector<ProjectBytes> largest;
  std::vector<ProjectBytes> too_large;
  std::optional<std::chrono::steady_clock::time_point> weighed_at;  // for the tending thread

 private:
  friend class Rollup;
  static constexpr std::chrono::seconds kWeighEvery{10};
  void save_memory();

  std::unique_ptr<ZoneBuilder> owned_builder_;  // `builder` points to it
};

}  // namespace tidemark::views::rollup
