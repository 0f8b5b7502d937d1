#include "views/rollup/zone_builder.hpp"

#include <algorithm>
#include <array>

#include "base/this_thread.hpp"
#include "views/rollup/shares.hpp"

namespace tidemark::views::rollup {
namespace {

using event::Sequence;

/// The state without the rollup's root: a long reading must not make the writer copy its sets.
query::VisiblePtr without_root(const query::Visible& visible) {
  auto bare = std::make_shared<query::Visible>(visible);
  bare->views.clear();
  return bare;
}

base::Error not_yet(const event::Zone& zone) {
  return {base::ErrorCode::Overloaded,
          "rollup is building the days of " + zone.name() + "; ask again soon"};
}

base::Status add(std::span<const event::StoredRow> rows, const ProjectView& names,
                 DayWriter& writer, DayTable& days) {
  std::array<std::string_view, Dictionary::kBatchMax> keys;
  std::array<std::uint32_t, Dictionary::kBatchMax> users{};
  std::array<std::uint32_t, Dictionary::kBatchMax> types{};
  for (std::size_t i = 0; i < rows.size(); ++i) keys[i] = rows[i].user_id;
  names.users->find({keys.data(), rows.size()}, users.data());
  for (std::size_t i = 0; i < rows.size(); ++i) keys[i] = rows[i].event_type;
  names.types->find({keys.data(), rows.size()}, types.data());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (users[i] == Dictionary::kAbsent || types[i] == Dictionary::kAbsent) {
      return base::Error(base::ErrorCode::Corrupt,
                         "event " + std::to_string(rows[i].sequence) +
                             " reads back with a user or a type that was never committed");
    }
  }
  writer.add(days, {.rows = rows, .users = users.data(), .types = types.data()}, *names.limits);
  return base::ok;
}

base::Status read_share(const DayReading& reading, const std::function<bool()>& stopped,
                        DayTable& days) {
  if (reading.from >= reading.to) return base::ok;
  DayWriter writer(reading.zone);
  return reading.replay.read(
      reading.visible, reading.from, reading.to,
      [&](const event::ProjectRows& piece) -> base::Status {
        if (piece.project != reading.project) return base::ok;
        auto rows = piece.rows;
        while (!rows.empty()) {
          if (stopped()) return base::Error(base::ErrorCode::TimedOut, "the reading was given up");
          const std::size_t count = std::min(rows.size(), Dictionary::kBatchMax);
          if (auto added = add(rows.first(count), reading.names, writer, days); !added) {
            return added;
          }
          rows = rows.subspan(count);
        }
        return base::ok;
      });
}

}  // namespace

base::Status read_days(const DayReading& reading, const std::function<bool()>& stopped,
                       DayTable& days) {
  const Sequence count = reading.to > reading.from ? reading.to - reading.from : 0;
  const std::size_t halves = count >= kSharesMax * reading.events_of_a_share_min ? kSharesMax : 1;
  // Events come nearly in order of days: a day's events lie in one half, except for a few days.
  Ref<DayTable> second;
  std::atomic<bool> failed{false};
  const auto given_up = [&] { return failed.load() || stopped(); };
  auto read = in_shares(halves, kSharesMax, [&](Share share) {
    DayReading part = reading;
    if (share.step > 1 && share.first == 0) part.to = reading.from + count / 2;
    if (share.first == 1) part.from = reading.from + count / 2;
    auto done = read_share(part, given_up, share.first == 0 ? days : second.own());
    if (!done) failed = true;
    return done;
  });
  if (!read) return read;
  if (second) days.merge(*second);
  return base::ok;
}

/// The builder's mutex guards its members, except for the constant ones.
class ZoneBuilder::Build {
 public:
  Build(event::ProjectId of, event::ZonePtr in, query::VisiblePtr from,
        std::shared_ptr<const ProjectView> with)
      : project(of), zone(std::move(in)), visible(std::move(from)), names(std::move(with)) {}

  const event::ProjectId project;
  const event::ZonePtr zone;

  query::VisiblePtr visible;                 // until the base is there
  std::shared_ptr<const ProjectView> names;  // until the end
  Stage stage = Stage::Reading;
  Ref<DayTable> base;  // the days at base_position; kept until the end, and until no caller waits
  Sequence base_position = 0;
  std::size_t waiting = 0;  // for the base
  Sequence recorded_from = 0;
  Ref<DayTable> built;  // the days at recorded_from
  std::uint64_t shown_by_turn = 0;
  std::optional<base::Error> failure;
};

ZoneBuilder::ZoneBuilder(const Rollup& rollup, query::ViewHooks hooks,
                         event::Sequence events_of_a_share_min)
    : rollup_(rollup),
      hooks_(std::move(hooks)),
      events_of_a_share_min_(events_of_a_share_min),
      thread_([this] { run(); }) {}

ZoneBuilder::~ZoneBuilder() { stop(); }

void ZoneBuilder::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

ZoneBuilder::BuildPtr ZoneBuilder::request(event::ProjectId project, event::ZonePtr zone,
                                           const query::Visible& visible, bool waits) {
  const Root& root = static_cast<const Root&>(visible.root_of(rollup_));
  const auto joined = [waits](const BuildPtr& build) {
    if (waits) ++build->waiting;
    return build;
  };
  const std::lock_guard lock(mutex_);
  const auto is_it = [&](const BuildPtr& build) {
    return build->project == project && same_days(*build->zone, *zone);
  };
  const auto running = std::find_if(waiting_.begin(), waiting_.end(), is_it);
  if (running != waiting_.end()) return joined(*running);
  const auto done = std::find_if(done_.begin(), done_.end(), [&](const BuildPtr& build) {
    return is_it(build) && root.turns < build->shown_by_turn;
  });
  if (done != done_.end()) return joined(*done);
  if (waiting_.size() >= kWaitingMax || stopping_) return nullptr;
  waiting_.push_back(std::make_shared<Build>(project, std::move(zone), without_root(visible),
                                             root.projects.find(project)->second));
  changed_.notify_all();
  return joined(waiting_.back());
}

base::Result<Ref<DayTable>> ZoneBuilder::wait(const BuildPtr& build, const query::Visible& visible,
                                              const ProjectView& names,
                                              const query::Cancellation& cancellation,
                                              std::chrono::milliseconds patience) {
  auto days = wait_for_base(*build, visible, cancellation, patience);
  if (!days) return days;
  // The events that the base lacks for this question's own position.
  const DayReading rest{.replay = hooks_.replay,
                        .visible = visible,
                        .from = build->base_position,
                        .to = visible.position,
                        .project = build->project,
                        .zone = build->zone,
                        .names = names,
                        .events_of_a_share_min = events_of_a_share_min_};
  const auto given_up = [&] { return cancellation.cancelled() || stopped(); };
  if (auto read = read_days(rest, given_up, days->own()); !read) return read.error();
  return days;
}

base::Result<Ref<DayTable>> ZoneBuilder::wait_for_base(Build& build, const query::Visible& visible,
                                                       const query::Cancellation& cancellation,
                                                       std::chrono::milliseconds patience) {
  constexpr std::chrono::milliseconds kLook{20};  // a cancellation wakes nobody
  const auto until = std::chrono::steady_clock::now() + patience;
  const auto ready = [&]() -> base::Result<Ref<DayTable>> {
    if (build.base_position > visible.position) return not_yet(*build.zone);
    return build.base;
  };
  const auto why_not = [&]() -> std::optional<base::Error> {
    if (build.failure) return build.failure;
    if (cancellation.cancelled()) {
      return base::Error(base::ErrorCode::TimedOut, "the question was given up");
    }
    const bool late = std::chrono::steady_clock::now() >= until;
    if (late || stopping_ || build.stage == Stage::Over) return not_yet(*build.zone);
    return std::nullopt;
  };
  std::unique_lock lock(mutex_);
  std::optional<base::Error> error;
  while (!build.base && !(error = why_not())) changed_.wait_for(lock, kLook);
  auto found = error ? base::Result<Ref<DayTable>>(*error) : ready();
  --build.waiting;
  if (build.waiting == 0 && build.stage == Stage::Over) build.base = {};
  return found;
}

void ZoneBuilder::run() {
  base::name_this_thread("zone builder");
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    const BuildPtr current = waiting_.front();
    lock.unlock();
    auto built = build(*current);
    lock.lock();
    if (!built && current->stage == Stage::Recorded) {
      lock.unlock();
      std::ignore = wait_for_turn(*current, Stage::WantsCancel);
      lock.lock();
    }
    if (!built) current->failure = built.error();
    current->stage = Stage::Over;
    current->visible.reset();
    current->names.reset();
    if (!built || current->waiting == 0) current->base = {};
    current->built = {};
    waiting_.pop_front();
    if (built) done_.push_back(current);
    if (done_.size() > kWaitingMax) done_.pop_front();
    changed_.notify_all();
  }
}

base::Status ZoneBuilder::build(Build& build) {
  const auto give_up = [this] { return stopped(); };
  const Sequence base_position = build.visible->position;
  Ref<DayTable> days;
  const auto read = [&](const query::Visible& visible, Sequence from, Sequence to) {
    return read_days({.replay = hooks_.replay,
                      .visible = visible,
                      .from = from,
                      .to = to,
                      .project = build.project,
                      .zone = build.zone,
                      .names = *build.names,
                      .events_of_a_share_min = events_of_a_share_min_},
                     give_up, days.own());
  };
  if (auto first = read(*build.visible, 0, base_position); !first) return first;
  {
    const std::lock_guard lock(mutex_);
    build.base = days;
    build.base_position = base_position;
    build.visible.reset();
  }
  changed_.notify_all();

  const base::Error ended(base::ErrorCode::Overloaded, "the service is ending");
  if (!wait_for_turn(build, Stage::WantsRecording)) return ended;
  query::VisiblePtr visible;
  while (visible == nullptr) {
    if (stopped()) return ended;
    visible = hooks_.visible_at(build.recorded_from, std::chrono::milliseconds(100));
  }
  visible = without_root(*visible);
  if (auto second = read(*visible, base_position, build.recorded_from); !second) return second;
  {
    const std::lock_guard lock(mutex_);
    build.built = std::move(days);
  }
  return wait_for_turn(build, Stage::WantsMerge) ? base::Status(base::ok) : ended;
}

bool ZoneBuilder::wait_for_turn(Build& build, Stage stage) {
  {
    const std::lock_guard lock(mutex_);
    build.stage = stage;
    wants_turn_ = true;
  }
  hooks_.wake_writer();
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return stopping_ || build.stage != stage; });
  return !stopping_;
}

void ZoneBuilder::take_turn(std::map<event::ProjectId, Project>& projects, Sequence position,
                            std::size_t zones_max) {
  {
    const std::lock_guard lock(mutex_);
    wants_turn_ = false;
    if (waiting_.empty()) return;
    ++turns_;
    Build& build = *waiting_.front();
    const auto project = projects.find(build.project);
    const bool there = project != projects.end();  // else memory was too short for anything
    if (build.stage == Stage::WantsRecording) {
      if (there) project->second.start_recording(build.zone);
      build.recorded_from = position;
      build.stage = Stage::Recorded;
    } else if (build.stage == Stage::WantsMerge) {
      if (there) project->second.finish_recording(*build.zone, std::move(build.built), zones_max);
      build.shown_by_turn = turns_;
      build.stage = Stage::Over;
    } else if (build.stage == Stage::WantsCancel) {
      if (there) project->second.cancel_recording(*build.zone);
      build.stage = Stage::Over;
    }
  }
  changed_.notify_all();
}

}  // namespace tidemark::views::rollup
