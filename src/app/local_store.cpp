#include "app/local_store.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <utility>

#include "telemetry/log.hpp"
#include "views/columnar/replay.hpp"

namespace tidemark::app {
namespace {

using base::Error;
using base::ErrorCode;

}  // namespace

LocalStore::LocalStore(Environment environment) : environment_(std::move(environment)) {}

LocalStore::~LocalStore() { stop(); }

base::Result<std::unique_ptr<LocalStore>> LocalStore::open(Environment environment) {
  const auto begun = std::chrono::steady_clock::now();
  std::unique_ptr<LocalStore> self(new LocalStore(std::move(environment)));

  auto folder = files::DataFolder::open(self->environment_.files, self->environment_.folder);
  if (!folder) return folder.error();
  self->folder_ = std::move(*folder);
  self->hasher_ = std::make_unique<event::IdHasher>(self->folder_->id_key());

  auto archive = self->open_archive();
  if (!archive) return archive.error().while_doing("opening the archive");
  auto proofs = self->open_proofs();
  if (!proofs) return proofs.error();
  auto ids = self->open_ids();
  if (!ids) return ids.error().while_doing("opening the index of ids");
  auto tail = self->open_journal();
  if (!tail) return tail.error().while_doing("opening the journal");
  auto settled = self->settle_archive();
  if (!settled) return settled.error().while_doing("opening the archive");
  auto rollup = self->open_rollup(*tail);
  if (!rollup) return rollup.error().while_doing("opening the rollup");
  auto engines = self->open_engines();
  if (!engines) return engines.error();
  auto started = self->start(std::move(*tail));
  if (!started) return started.error();

  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  self->report_.seconds = took.count();
  return self;
}

base::Status LocalStore::open_rollup(const ledger::TailWriter& tail) {
  const auto& settings = environment_.settings;
  auto rollup = views::rollup::Rollup::open(
      environment_.files, {.folder = environment_.folder / "views" / "rollup",
                           .ledger_id = snapshots_ledger_id(),
                           .ledger_end = environment_.fed ? environment_.fed->up_to : tail.end(),
                           .memory_bytes_max = static_cast<std::size_t>(settings.rollup_memory_max),
                           .zones_max = static_cast<std::size_t>(settings.zone_sets_max),
                           .zone_patience = std::chrono::seconds(settings.zone_build_seconds_max),
                           .hash_seed = folder_->ledger_id()});
  if (!rollup) return rollup.error();
  rollup_ = std::move(*rollup);
  report_.snapshot_refused = rollup_->snapshot_refused();

  // What is fed may lag behind the snapshot: events that it has are passed over then.
  const auto from = rollup_->position();
  report_.replayed_views = std::max(tail.end(), from) - from;
  const auto archived = manifests_->current()->end();
  if (from < archived) {
    auto replayed = replay_archive(from, archived);
    if (!replayed && replayed.error().code() != ErrorCode::Corrupt) return replayed;
    if (!replayed) {
      // Nothing is lost by going on: the file stays as it is, and DuckDB answers what does not need
      // it.
      telemetry::error("the rollup answers nothing until the service starts with a good file",
                       {{"reason", std::string_view(replayed.error().message())}});
      rollup_->give_up(archived);
    }
  }
  tail.snapshot().for_each_piece(rollup_->position(), tail.end(),
                                 [&](const event::ProjectRows& piece) { rollup_->apply(piece); });
  return base::ok;
}

base::Status LocalStore::replay_archive(event::Sequence from, event::Sequence to) {
  return reader_->scan(*manifests_->current(), from, to, archive::Columns::Views,
                       [&](const event::ProjectRows& piece) {
                         rollup_->apply(piece);
                         return base::Status(base::ok);
                       });
}

base::Status LocalStore::open_engines() {
  const auto& settings = environment_.settings;
  auto columnar = views::columnar::ColumnarEngine::open(
      *reader_, {.memory_bytes_max = static_cast<std::uint64_t>(settings.columnar_memory_max),
                 .threads = static_cast<unsigned>(settings.columnar_threads),
                 .nice = api::kScanNice,
                 .connections_max =
                     std::max(api::kScansMax, static_cast<std::size_t>(settings.query_threads)),
                 .working_max = static_cast<std::size_t>(settings.query_threads),
                 .temporary_folder = environment_.folder / "views" / "spill"});
  if (!columnar) return columnar.error().while_doing("opening DuckDB");
  columnar_ = std::move(*columnar);
  rollup_engine_ = std::make_unique<views::rollup::RollupEngine>(*rollup_);
  std::vector<query::Engine*> engines{rollup_engine_.get(), columnar_.get()};
  engines.insert(engines.end(), environment_.more_engines.begin(), environment_.more_engines.end());
  engines_ = std::make_unique<query::Engines>(std::move(engines));
  return base::ok;
}

query::Replay LocalStore::scan_events() const {
  return views::columnar::make_replay(*reader_, archive::Columns::All);
}

void LocalStore::start_live() {
  const auto& settings = environment_.settings;
  live_ = std::make_unique<views::live::Hub>(
      views::live::Hub::Parts{publication_, scan_events()},
      views::live::Hub::Options{
          .listeners_max = static_cast<std::size_t>(settings.live_listeners_max),
          .bytes_max = static_cast<std::size_t>(settings.live_bytes_max),
          .heartbeat = std::chrono::seconds(settings.live_heartbeat_seconds),
          .position_tag = folder_->epoch().tag,
          .around_wakes = environment_.around_answers});
}

base::Status LocalStore::start(ledger::TailWriter tail) {
  start_live();
  loop_ = std::make_unique<ingest::CommitLoop>(
      ingest::CommitLoop::Parts{*journal_, *ids_, *rollup_, publication_, *hasher_},
      commit_options(), ingest::CommitLoop::Recovered{std::move(tail), manifests_->current()});
  if (environment_.on_visible) environment_.on_visible(loop_->figures().tail_end);
  start_zones();
  archiver_ = std::make_unique<ingest::Archiver>(
      ingest::Archiver::Parts{environment_.files, *loop_, publication_, *manifests_, *writer_,
                              *checks_, *ids_, *journal_, *rollup_},
      archiver_options());
  archiver_to_poke_ = archiver_.get();
  watch_ = std::make_unique<FolderWatch>(*folder_, mark_.get(),
                                         [this](const Error& error) { lose_folder(error); });
  const bool checked = bytes_of(manifests_->current()->runs) <= kIdsCheckedAtStartBytes;
  id_check_ = std::make_unique<IdCheck>(
      *ids_, IdCheck::Options{.at_once = !checked},
      [this](const std::vector<ledger::local::BrokenRun>& faults) { return repair_runs(faults); });
  start_scrubber();
  register_figures();
  return base::ok;
}

ingest::CommitLoop::Options LocalStore::commit_options() {
  const auto& settings = environment_.settings;
  auto& metrics = environment_.metrics;
  auto& groups =
      metrics.histogram("tidemark_commit_group_events", "New events in one commit group.",
                        {1, 10, 100, 1'000, 10'000, 100'000});
  auto& appends = metrics.histogram("tidemark_journal_append_seconds",
                                    "Seconds to write one commit group to the journal and sync it.",
                                    telemetry::seconds_bounds());
  std::function<base::Status(event::Sequence, const journal::Visitor&)> reopen;
  if (log_ != nullptr) {
    reopen = [this](event::Sequence from, const journal::Visitor& visit) {
      if (auto held = folder_->still_held(); !held) return held;
      auto opened = log_->reopen(from, visit);
      // The disk lacks what was confirmed, and memory still has it: once it is archived, the
      // journal is not asked for it any more.
      const bool lacks_events = !opened && opened.error().code() == ErrorCode::Corrupt;
      auto* archiver = archiver_to_poke_.load();
      if (lacks_events && archiver != nullptr) archiver->rescue();
      return opened;
    };
  }
  return {.reopen_journal = std::move(reopen),
          .in_flight_bytes_max = static_cast<std::size_t>(settings.in_flight_bytes_max),
          .tail_bytes_max = static_cast<std::size_t>(settings.tail_bytes_max),
          .epoch = environment_.fed ? environment_.fed->epoch : std::string(),
          .around_answers = environment_.around_answers,
          .after_group =
              [this](event::Sequence visible) {
                if (environment_.on_visible) environment_.on_visible(visible);
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
  const auto& settings = environment_.settings;
  auto& segments = environment_.metrics.histogram(
      "tidemark_archive_segment_seconds",
      "Seconds to write one segment of the archive, read it back and name it.",
      telemetry::seconds_bounds());
  return {.segment_events = static_cast<std::uint64_t>(settings.archive_events),
          .tail_bytes = static_cast<std::size_t>(settings.archive_bytes),
          .snapshot_events = static_cast<std::uint64_t>(settings.snapshot_events),
          .disk_free_bytes_min = static_cast<std::uint64_t>(settings.disk_free_bytes_min),
          .may_write = [this] { return folder_->still_held(); },
          .observe_segment = [&segments](double seconds) { segments.observe(seconds); }};
}

void LocalStore::start_scrubber() {
  const std::chrono::seconds pass(environment_.settings.archive_check_seconds);
  if (pass.count() == 0) return;
  scrubber_ = std::make_unique<ingest::Scrubber>(
      ingest::Scrubber::Parts{environment_.files, *manifests_, *checks_},
      ingest::Scrubber::Options{.pass = pass,
                                .remembered = environment_.folder / "views" / "checked",
                                .may_write = [this] { return folder_->still_held(); }});
}

void LocalStore::start_zones() {
  rollup_->start_zones({.replay = views::columnar::make_replay(*reader_),
                        .visible_at =
                            [this](event::Sequence position, std::chrono::milliseconds patience) {
                              return publication_.wait_for(position, patience);
                            },
                        .wake_writer = [this] { loop_->wake_for_views(); }});
}

std::vector<api::ReadinessCheck> LocalStore::readiness() const {
  const auto archiver = archiver_->figures();
  const auto loop = loop_->figures();
  const bool is_behind =
      loop.tail_bytes >= static_cast<std::size_t>(environment_.settings.tail_bytes_max) ||
      loop.tail_end - archiver.archived >=
          4 * static_cast<std::uint64_t>(environment_.settings.archive_events);
  const bool archive_works = archiver.last_failure.empty() || !is_behind;
  base::Status archive = base::ok;
  if (!archive_works) archive = Error{ErrorCode::Unavailable, archiver.last_failure};
  auto journal = loop_->healthy();
  if (journal && log_ != nullptr) journal = log_->room();
  // The rollup may have given up for want of memory: the columnar engine still answers everything.
  return {{"journal", journal, note_of_end()}, {"archive", archive}, {"views", base::ok}};
}

void LocalStore::stop() {
  id_check_.reset();
  if (scrubber_) scrubber_->stop();
  if (archiver_) archiver_->stop();
  if (rollup_) rollup_->stop();
  if (loop_) loop_->stop();
  if (live_) live_->stop();
  watch_.reset();
  note_end();
}

}  // namespace tidemark::app
