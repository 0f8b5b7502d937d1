#pragma once

/// All sets of one project, in the writer's form.

#include <atomic>
#include <memory>
#include <span>
#include <vector>

#include "views/rollup/day_sets.hpp"
#include "views/rollup/dictionary.hpp"
#include "views/rollup/first_seen.hpp"
#include "views/rollup/root.hpp"

namespace tidemark::views::rollup {

/// Threads: the writer only; any thread may use what `view` gives.
class Project {
 public:
  explicit Project(std::uint64_t hash_seed);

  /// Takes rows in order of sequence.
  void apply(std::span<const event::StoredRow> rows);

  /// The current state. While it is held, the next `apply` copies what it changes.
  [[nodiscard]] std::shared_ptr<const ProjectView> view();

  /// From now on the days of `zone` are kept but not shown, because earlier events are missing.
  void start_recording(event::ZonePtr zone);
  /// Shows the zone; `before` holds the missing events. Of the zones besides UTC the `zones_max`
  /// most recently used ones stay, always including this one.
  void finish_recording(const event::Zone& zone, Ref<DayTable> before, std::size_t zones_max);
  void cancel_recording(const event::Zone& zone);

  /// The memory of the sets of users, of all zones. Cost: visits each of them.
  [[nodiscard]] std::size_t sets_bytes() const;
  /// Drops what can be made again. Returns about how many bytes that saved.
  std::size_t drop_unions();
  /// Drops the sets of the rarest types until about `bytes` are saved. Returns the bytes saved.
  std::size_t drop_rarest_types(std::size_t bytes);
  /// Drops the days of all zones except UTC, and the recordings. Returns about how many bytes that
  /// saved.
  std::size_t drop_zones();

  struct Figures {
    std::uint64_t users = 0;
    std::uint64_t types = 0;
    std::uint64_t types_dropped = 0;
    std::uint64_t zones = 0;  ///< besides UTC
    Figures& operator+=(const Figures& other);
  };
  [[nodiscard]] Figures figures() const;

  /// The parts of a new project, as a snapshot holds them.
  struct Parts {
    std::shared_ptr<Dictionary> users;
    std::shared_ptr<Dictionary> types;
    Ref<FirstSeen> first_seen;
    std::vector<ZoneSets> zones;  ///< UTC first
    TypeLimits limits;
    event::Micros latest = -1;
  };
  explicit Project(Parts parts);

 private:
  struct Written {
    ZoneSets sets;
    DayWriter writer;
  };
  static Written written(ZoneSets sets);

  void apply_some(std::span<const event::StoredRow> rows);
  void forget_types(DayTable& days) const;
  void limit_types(TypeLimits limits);

  std::shared_ptr<Dictionary> users_;
  std::shared_ptr<Dictionary> types_;
  Ref<FirstSeen> first_seen_;
  std::vector<Written> zones_;       // UTC first
  std::vector<Written> recordings_;  // not shown yet
  std::shared_ptr<const TypeLimits> limits_;
  std::uint64_t types_dropped_ = 0;  // number in `limits_`, counted once: there may be a million
  event::Micros latest_ = -1;
  std::shared_ptr<const ProjectView> view_;  // valid until something changes
};

}  // namespace tidemark::views::rollup
