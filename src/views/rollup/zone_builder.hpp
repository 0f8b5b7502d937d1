#pragma once

/// Makes the day sets of zones that are asked for, while events arrive.
///
/// A build reads the events below the position of the question that asked (its base: that question
/// can be answered from it). Then, at its next turn, the writer begins to record the zone's new
/// events; the builder reads what lies between, and at another turn the writer puts both together
/// and shows the zone in its next root.

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

/// What one reading of events needs.
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

/// Adds the events of the reading to `days`. TimedOut once `stopped`, which two threads may ask,
/// says so.
base::Status read_days(const DayReading& reading, const std::function<bool()>& stopped,
                       DayTable& days);

/// Threads:  `request` and `wait` from any; `wants_turn` from any; `take_turn` from the writer.
class ZoneBuilder {
 public:
  class Build;
  using BuildPtr = std::shared_ptr<Build>;

  /// Of the zones of `rollup`, which outlives it.
  ZoneBuilder(const Rollup& rollup, query::ViewHooks hooks, event::Sequence events_of_a_share_min);
  ~ZoneBuilder();

  /// The build of the zone that runs, or one that was over after `root` was made, or else a new one
  /// from `visible`, which shows `root`. Null where too many wait. Who says `waits` calls `wait`
  /// next: however fast the build is, its base is kept until then.
  BuildPtr request(event::ProjectId project, event::ZonePtr zone, const query::Visible& visible,
                   bool waits);

  /// The zone's days at the position of `visible`, once the base of the build is there and where it
  /// is not newer. Overloaded where that took too long. Once for each request that `waits`.
  base::Result<Ref<DayTable>> wait(const BuildPtr& build, const query::Visible& visible,
                                   const ProjectView& names,
                                   const query::Cancellation& cancellation,
                                   std::chrono::milliseconds patience);

  [[nodiscard]] bool wants_turn() const { return wants_turn_.load(); }
  void take_turn(std::map<event::ProjectId, Project>& projects, event::Sequence position,
                 std::size_t zones_max);
  /// How many turns were taken; the writer's to ask.
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
  /// The base, or why there is none; lets go of it for the last one who waits.
  base::Result<Ref<DayTable>> wait_for_base(Build& build, const query::Visible& visible,
                                            const query::Cancellation& cancellation,
                                            std::chrono::milliseconds patience);
  /// Asks for a turn and waits for it; false where all is to end.
  bool wait_for_turn(Build& build, Stage stage);
  [[nodiscard]] bool stopped() const { return stopping_.load(); }

  const Rollup& rollup_;
  const query::ViewHooks hooks_;
  const event::Sequence events_of_a_share_min_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> wants_turn_{false};
  std::mutex mutex_;  // what follows, and the builds' own
  std::condition_variable changed_;
  std::deque<BuildPtr> waiting_;  // the first one runs
  std::deque<BuildPtr> done_;     // the last ones, so that nobody who is late asks for them again
  std::uint64_t turns_ = 0;       // the writer's
  std::thread thread_;
};

}  // namespace tidemark::views::rollup
