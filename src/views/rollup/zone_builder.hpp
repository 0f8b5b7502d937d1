#pragma once

/// Makes the day sets of requested zones while events arrive.
///
/// A build first reads the events below the position of the question that asked. The result is its
/// base, from which that question can be answered. Then, at its next turn, the writer begins to
/// record the zone's new events; the builder reads the events in between, and at another turn the
/// writer merges both and shows the zone in its next root.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "query/engine.hpp"
#include "views/rollup/project.hpp"
#include "views/rollup/rollup.hpp"
#include "views/rollup/root.hpp"

namespace tidemark::views::rollup {

/// The input of one reading of events.
struct DayReading {
  const query::Replay& replay;
  const query::Visible& visible;
  event::Sequence from = 0;
  event::Sequence to = 0;
  event::ProjectId project = event::ProjectId::Default;
  event::ZonePtr zone;
  const ProjectView& names;  ///< whose dictionaries know all users and types below `to`
  event::Sequence events_of_a_share_min = 0;  ///< see RollupOptions
};

/// Adds the events of the reading to `days`. TimedOut once `stopped` returns true; two threads may
/// call `stopped`.
base::Status read_days(const DayReading& reading, const std::function<bool()>& stopped,
                       DayTable& days);

/// Threads:  `request` and `wait` from any; `wants_turn` from any; `take_turn` from the writer.
class ZoneBuilder {
 public:
  class Build;
  using BuildPtr = std::shared_ptr<Build>;

  /// Builds the zones of `rollup`, which must outlive it.
  ZoneBuilder(const Rollup& rollup, query::ViewHooks hooks, event::Sequence events_of_a_share_min);
  ~ZoneBuilder();

  /// The build of the zone that is running, or one that ended after `root` was made, or otherwise a
  /// new one from `visible`, which shows `root`. Null if too many wait. A caller that sets `waits`
  /// must call `wait` next: however fast the build is, its base is kept until then.
  BuildPtr request(event::ProjectId project, event::ZonePtr zone, const query::Visible& visible,
                   bool waits);

  /// The zone's days at the position of `visible`, once the base of the build is ready and if the
  /// base is not newer. Overloaded if that took too long. Call it once for each request that
  /// `waits`.
  base::Result<Ref<DayTable>> wait(const BuildPtr& build, const query::Visible& visible,
                                   const ProjectView& names,
                                   const query::Cancellation& cancellation,
                                   std::chrono::milliseconds patience);

  [[nodiscard]] bool wants_turn() const { return wants_turn_.load(); }
  void take_turn(std::map<event::ProjectId, Project>& projects, event::Sequence position,
                 std::size_t zones_max);
  /// The number of turns taken; only the writer may call it.
  [[nodiscard]] std::uint64_t turns() const { return turns_; }

  void stop();

 private:
  static constexpr std::size_t kWaitingMax = 8;
  enum class Stage : std::uint8_t {
    Reading,
    WantsRecording,
    Recorded,
    WantsMerge,
    WantsCancel,
    Over
  };

  void run();
  base::Status build(Build& build);
  /// The base, or why there is none; the last waiting caller releases the base.
  base::Result<Ref<DayTable>> wait_for_base(Build& build, const query::Visible& visible,
                                            const query::Cancellation& cancellation,
                                            std::chrono::milliseconds patience);
  /// Asks for a turn and waits for it; false if the builder must stop.
  bool wait_for_turn(Build& build, Stage stage);
  [[nodiscard]] bool stopped() const { return stopping_.load(); }

  const Rollup& rollup_;
  const query::ViewHooks hooks_;
  const event::Sequence events_of_a_share_min_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> wants_turn_{false};
  std::mutex mutex_;  // guards the members below, and the state of the builds
  std::condition_variable changed_;
  std::deque<BuildPtr> waiting_;  // the first one is running
  std::deque<BuildPtr> done_;     // the latest builds, for callers that are late
  std::uint64_t turns_ = 0;       // used by the writer only
  std::thread thread_;
};

}  // namespace tidemark::views::rollup
