#include "store/local_store.hpp"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <filesystem>
#include <utility>

#include "store/catch_up.hpp"
#include "telemetry/log.hpp"
#include "views/columnar/event_reading.hpp"

namespace tidemark::store {
namespace {

using base::Error;
using base::ErrorCode;

}  // namespace

LocalStore::LocalStore(Environment environment) : environment_(std::move(environment)) {}

LocalStore::~LocalStore() { stop(); }

base::Result<std::unique_ptr<LocalStore>> LocalStore::open(Environment environment) {
  const auto begun = std::chrono::steady_clock::now();
  std::unique_ptr<LocalStore> self(new LocalStore(std::move(environment)));

  auto tail = self->open_durable_state();
  if (!tail) return tail.error();
  if (auto opened = self->open_views(*tail); !opened) return opened.error();
  if (auto opened = self->open_engines(); !opened) return opened.error();
  self->start(std::move(*tail));

  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  self->report_.seconds = took.count();
  return self;
}

base::Result<ledger::TailWriter> LocalStore::open_durable_state() {
  auto& fsyncs = environment_.metrics.histogram("tidemark_journal_sync_seconds",
                                                "Seconds of one fdatasync of the journal.",
                                                telemetry::seconds_bounds());
  auto opened = DurableState::open(
      {.files = environment_.files,
       .folder = environment_.folder,
       .options = environment_.options,
       .fed = environment_.fed,
       .accepted_loss = environment_.accepted_loss,
       .proven_by_views =
           [this](std::uint64_t ledger_id) {
             return views::rollup::Rollup::position_on_disk(
                 environment_.files, environment_.folder / "views" / "rollup", ledger_id);
           },
       .on_sync =
           [&fsyncs](std::chrono::nanoseconds took) {
             fsyncs.observe(std::chrono::duration<double>(took).count());
           }});
  if (!opened) return opened.error();
  durable_ = std::move(opened->state);
  report_ = durable_->report();
  return std::move(opened->tail);
}

base::Status LocalStore::open_views(const ledger::TailWriter& tail) {
  assert(durable_ != nullptr);
  const auto& options = environment_.options;
  auto rollup = views::rollup::Rollup::open(
      environment_.files, {.folder = environment_.folder / "views" / "rollup",
                           .ledger_id = durable_->views_ledger_id(),
                           .ledger_end = environment_.fed ? environment_.fed->up_to : tail.end(),
                           .memory_bytes_max = options.rollup_memory_max,
                           .project_bytes_max = options.rollup_project_memory_max,
                           .zones_max = options.zone_sets_max,
                           .zone_patience = options.zone_build_max,
                           .hash_seed = durable_->folder().ledger_id()});
  if (!rollup) return rollup.error().while_doing("opening the rollup");
  rollup_ = std::move(*rollup);
  report_.snapshot_refused = rollup_->snapshot_refused();
  views_ = std::make_unique<query::Views>(std::vector<query::View*>{rollup_.get()});
  for (query::View* view : views_->all()) {
    const auto replayed =
        catch_up(*view, durable_->reader(), *durable_->manifests().current(), tail.snapshot());
    if (!replayed) {
      return replayed.error().while_doing("bringing " + std::string(view->name()) + " up to date");
    }
    report_.replayed_views = std::max(report_.replayed_views, *replayed);
  }
  return base::ok;
}

base::Status LocalStore::open_engines() {
  assert(durable_ != nullptr && rollup_ != nullptr);
  const auto& options = environment_.options;
  auto columnar = views::columnar::ColumnarEngine::open(
      durable_->reader(), {.memory_bytes_max = options.columnar_memory_max,
                           .threads = options.columnar_threads,
                           .nice = options.scan_nice,
                           .connections_max = options.scans_max,
                           .working_max = options.scans_working,
                           .temporary_folder = environment_.folder / "views" / "spill"});
  if (!columnar) return columnar.error().while_doing("opening DuckDB");
  columnar_ = std::move(*columnar);
  rollup_engine_ = std::make_unique<views::rollup::RollupEngine>(*rollup_);
  std::vector<query::Engine*> engines{rollup_engine_.get(), columnar_.get()};
  engines.insert(engines.end(), environment_.more_engines.begin(), environment_.more_engines.end());
  engines_ = std::make_unique<query::Engines>(std::move(engines));
  return base::ok;
}

query::EventScan LocalStore::scan_events() const {
  assert(durable_ != nullptr);
  return views::columnar::make_scan(durable_->reader());
}

void LocalStore::start_live() {
  const auto& options = environment_.options;
  live_ = std::make_unique<views::live::Hub>(
      views::live::Hub::Parts{publication_, scan_events()},
      views::live::Hub::Options{.listeners_max = options.live_listeners_max,
                                .bytes_max = options.live_bytes_max,
                                .heartbeat = options.live_heartbeat,
                                .position_tag = durable_->folder().epoch().tag,
                                .around_wakes = environment_.around_answers});
}

void LocalStore::start(ledger::TailWriter tail) {
  assert(durable_ != nullptr && views_ != nullptr && engines_ != nullptr);
  start_live();
  loop_ = std::make_unique<ingest::CommitLoop>(
      ingest::CommitLoop::Parts{durable_->journal(), durable_->ids(), *views_, publication_,
                                durable_->hasher()},
      commit_options(),
      ingest::CommitLoop::Recovered{std::move(tail), durable_->manifests().current()});
  if (environment_.on_visible) environment_.on_visible(loop_->figures().tail_end);
  start_views();
  archiver_ = std::make_unique<ingest::Archiver>(
      ingest::Archiver::Parts{environment_.files, *loop_, publication_, durable_->manifests(),
                              durable_->writer(), durable_->checks(), durable_->ids(),
                              durable_->journal(), *views_},
      archiver_options());
  archiver_to_poke_ = archiver_.get();
  watch_ = std::make_unique<FolderWatch>(durable_->folder(), durable_->mark(),
                                         [this](const Error& error) { lose_folder(error); });
  const bool checked = bytes_of(durable_->manifests().current()->runs) <= kIdsCheckedAtStartBytes;
  id_check_ = std::make_unique<IdCheck>(
      durable_->ids(), IdCheck::Options{.at_once = !checked},
      [this](const std::vector<ledger::local::BrokenRun>& faults) { return repair_runs(faults); });
  start_scrubber();
  register_figures();
}

ingest::CommitLoop::ReopenJournal LocalStore::reopening() {
  if (durable_->log() == nullptr) return {};
  return [this](event::Sequence from, const journal::Visitor& visit) {
    if (auto held = durable_->folder().still_held(); !held) return held;
    auto opened = durable_->log()->reopen(from, visit);
    // The disk lacks what was confirmed, and memory still has it: once it is archived, the journal
    // is not asked for it any more.
    const bool lacks_events = !opened && opened.error().code() == ErrorCode::Corrupt;
    auto* archiver = archiver_to_poke_.load();
    if (lacks_events && archiver != nullptr) archiver->rescue();
    return opened;
  };
}

base::Status LocalStore::repair_runs(const std::vector<ledger::local::BrokenRun>& faults) {
  assert(archiver_ != nullptr);
  return archiver_->between_segments([this, &faults] { return durable_->repair_runs(faults); });
}

ingest::CommitLoop::Options LocalStore::commit_options() {
  const auto& options = environment_.options;
  auto& metrics = environment_.metrics;
  auto& groups =
      metrics.histogram("tidemark_commit_group_events", "New events in one commit group.",
                        {1, 10, 100, 1'000, 10'000, 100'000});
  auto& appends = metrics.histogram("tidemark_journal_append_seconds",
                                    "Seconds to write one commit group to the journal and sync it.",
                                    telemetry::seconds_bounds());
  return {.reopen_journal = reopening(),
          .in_flight_bytes_max = options.in_flight_bytes_max,
          .tail_bytes_max = options.tail_bytes_max,
          .epoch = environment_.fed ? environment_.fed->epoch : std::string(),
          .around_answers = environment_.around_answers,
          .after_group =
              [this](event::Sequence visible) {
                if (environment_.on_visible) environment_.on_visible(visible);
                assert(live_ != nullptr);
                live_->poke();
                if (auto* archiver = archiver_to_poke_.load()) archiver->poke();
              },
          .observe_append =
              [&groups, &appends](double seconds, std::size_t events) {
                appends.observe(seconds);
                groups.observe(static_cast<double>(events));
              }};
}

ingest::Archiver::Options LocalStore::archiver_options() {
  const auto& options = environment_.options;
  auto& segments = environment_.metrics.histogram(
      "tidemark_archive_segment_seconds",
      "Seconds to write one segment of the archive, read it back and name it.",
      telemetry::seconds_bounds());
  return {.segment_events = options.archive_events,
          .tail_bytes = options.archive_bytes,
          .snapshot_events = options.snapshot_events,
          .disk_free_bytes_min = options.disk_free_bytes_min,
          .may_write = [this] { return durable_->folder().still_held(); },
          .observe_segment = [&segments](double seconds) { segments.observe(seconds); }};
}

void LocalStore::start_scrubber() {
  const auto pass = environment_.options.archive_check;
  if (pass.count() == 0) return;
  scrubber_ = std::make_unique<ingest::Scrubber>(
      ingest::Scrubber::Parts{environment_.files, durable_->manifests(), durable_->checks()},
      ingest::Scrubber::Options{.pass = pass,
                                .remembered = environment_.folder / "views" / "checked",
                                .may_write = [this] { return durable_->folder().still_held(); }});
}

void LocalStore::start_views() {
  assert(views_ != nullptr && loop_ != nullptr);
  views_->start([this](const query::View& view) {
    return query::ViewHooks{
        .replay = views::columnar::make_replay(durable_->reader(), view.columns()),
        .visible_at =
            [this](event::Sequence position, std::chrono::milliseconds patience) {
              return publication_.wait_for(position, patience);
            },
        .wake_writer = [this] { loop_->wake_for_views(); }};
  });
}

LocalStore::Health LocalStore::health() const {
  const auto archiver = archiver_->figures();
  const auto loop = loop_->figures();
  assert(archiver.archived <= loop.tail_end);
  const auto& options = environment_.options;
  const bool is_behind = loop.tail_bytes >= options.tail_bytes_max ||
                         loop.tail_end - archiver.archived >= 4 * options.archive_events;
  Health health{.journal = loop_->healthy(), .journal_note = durable_->note_of_end()};
  if (health.journal && durable_->log() != nullptr) health.journal = durable_->log()->room();
  if (!archiver.last_failure.empty() && is_behind) {
    health.archive = Error{ErrorCode::Unavailable, archiver.last_failure};
  }
  return health;
}

void LocalStore::lose_folder(const Error& error) {
  telemetry::error(
      "the data folder was removed, moved or replaced while the service ran; the service takes no "
      "more events and stops: put the folder back and start the service again",
      {{"reason", std::string_view(error.message())}});
  assert(loop_ != nullptr);
  loop_->stop_taking("the data folder was removed, moved or replaced");
  if (environment_.on_lost_folder) environment_.on_lost_folder(error);
}

void LocalStore::stop() {
  id_check_.reset();
  if (scrubber_) scrubber_->stop();
  if (archiver_) archiver_->stop();
  if (views_) views_->stop();
  if (loop_) loop_->stop();
  if (live_) live_->stop();
  watch_.reset();
  if (durable_) durable_->note_end();
}

}  // namespace tidemark::store
