#include "app/local_store.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <utility>

#include "config/memory.hpp"
#include "event/encoding.hpp"
#include "journal/passing_journal.hpp"
#include "telemetry/log.hpp"
#include "views/columnar/replay.hpp"

namespace tidemark::app {
namespace {

using base::Error;
using base::ErrorCode;
namespace local = ledger::local;

/// Of the threads that scan: taking events and looking up answers come first.
constexpr int kScanNice = 5;
/// So many groups of rows fit the memory of the archiver's DuckDB, which needs up to six times one
/// to write it.
constexpr std::uint64_t kWriterGroups = 8;

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
  auto ids = self->open_ids();
  if (!ids) return ids.error().while_doing("opening the index of ids");
  auto tail = self->open_journal();
  if (!tail) return tail.error().while_doing("opening the journal");
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

base::Status LocalStore::open_archive() {
  auto& files = environment_.files;
  const auto folder = environment_.folder / "archive";
  auto manifests = archive::ManifestStore::open(files, folder);
  if (!manifests) return manifests.error();
  manifests_ = std::move(*manifests);
  auto orphans = manifests_->remove_orphans();
  if (!orphans) return orphans.error();
  report_.orphans = std::move(*orphans);
  report_.archived = manifests_->current()->end();

  const auto memory = config::part_memory(environment_.settings);
  const auto of_writer = static_cast<std::uint64_t>(memory.archive_writer);
  const archive::SegmentWriter::Options usual;
  auto writer = archive::SegmentWriter::open(
      files, {.folder = folder,
              .memory_bytes_max = of_writer,
              .group_bytes_max = std::min(usual.group_bytes_max, of_writer / kWriterGroups)});
  if (!writer) return writer.error();
  writer_ = std::move(*writer);
  checks_ = std::make_unique<archive::SegmentChecks>(
      files, archive::SegmentChecks::Options{.on_damage = [](const Error& damage) {
        telemetry::error("a segment of the archive is damaged; questions that need it get 503",
                         {{"reason", std::string_view(damage.message())}});
      }});
  auto reader = archive::SegmentReader::open(
      {.memory_bytes_max = static_cast<std::uint64_t>(memory.archive_reader),
       .checks = checks_.get()});
  if (!reader) return reader.error();
  reader_ = std::move(*reader);
  return base::ok;
}

base::Status LocalStore::open_ids() {
  auto& files = environment_.files;
  auto manifest = manifests_->current();
  auto opened = local::IdIndex::open(files, manifest->folder, manifest->runs, manifest->end());
  if (!opened) return opened.error();
  if (!opened->broken.empty()) {
    auto made_anew = rebuild_runs(opened->broken);
    if (!made_anew) return made_anew;
    manifest = manifests_->current();
    opened = local::IdIndex::open(files, manifest->folder, manifest->runs, manifest->end());
    if (!opened) return opened.error();
    if (!opened->broken.empty()) return opened->broken.front().why;
  }
  ids_ = std::move(opened->index);
  return base::ok;
}

base::Status LocalStore::rebuild_runs(const std::vector<local::BrokenRun>& faults) {
  const auto manifest = manifests_->current();
  const auto ids_of_segments = [&](event::Sequence first, event::Sequence end, const auto& take) {
    std::vector<event::IdHash> hashes;
    const auto hash_rows = [&](event::ProjectId project, std::span<const event::StoredRow> rows) {
      hashes.clear();
      for (const auto& row : rows) hashes.push_back(hasher_->hash(project, row.id));
      return take(hashes);
    };
    return reader_->scan(*manifest, first, end, archive::Columns::Ids, hash_rows);
  };
  std::vector<archive::RunFile> broken;
  for (const auto& fault : faults) broken.push_back(fault.run);
  auto rebuilt =
      local::IdIndex::rebuild(environment_.files, manifest->folder, broken, ids_of_segments);
  if (!rebuilt) return rebuilt.error().while_doing("making broken runs anew");
  report_.rebuilt_runs = rebuilt->size();

  auto runs = manifest->runs;
  std::erase_if(runs, [&](const archive::RunFile& run) {
    return std::ranges::find(broken, run.file, &archive::RunFile::file) != broken.end();
  });
  runs.insert(runs.end(), rebuilt->begin(), rebuilt->end());
  auto replaced = manifests_->replace(manifest->segments, std::move(runs));
  if (!replaced) return replaced.error();
  return base::ok;
}

base::Result<ledger::TailWriter> LocalStore::open_journal() {
  if (!environment_.fed) return open_log();
  const auto archived = manifests_->current()->end();
  if (archived > environment_.fed->up_to) {
    return Error{ErrorCode::Corrupt, "the archive holds " + std::to_string(archived) +
                                         " events, and the ledger that it is fed from only " +
                                         std::to_string(environment_.fed->up_to)};
  }
  journal_ = std::make_unique<journal::PassingJournal>(archived);
  return ledger::TailWriter(archived);
}

base::Result<ledger::TailWriter> LocalStore::open_log() {
  const auto archived = manifests_->current()->end();
  ledger::TailWriter tail(archived);
  const auto& settings = environment_.settings;
  auto& fsyncs = environment_.metrics.histogram("tidemark_journal_sync_seconds",
                                                "Time of one fdatasync of the journal.",
                                                telemetry::seconds_bounds());
  journal::local::Log::Options options{
      .segment_bytes = static_cast<std::uint64_t>(settings.journal_segment_bytes),
      .disk_free_bytes_min = static_cast<std::uint64_t>(settings.disk_free_bytes_min),
      .on_sync = [&fsyncs](std::chrono::nanoseconds took) {
        fsyncs.observe(std::chrono::duration<double>(took).count());
      }};
  const auto keep = [&](const journal::Record& record) { return recover(record, tail); };
  auto journal = journal::local::ReopeningLog::open(
      environment_.files, environment_.folder / "journal", std::move(options), archived, keep);
  if (!journal) return journal.error();
  log_ = journal->get();
  journal_ = std::move(*journal);
  report_.from_journal = tail.end() - archived;
  return tail;
}

base::Status LocalStore::recover(const journal::Record& record, ledger::TailWriter& tail) {
  // The journal lends its bytes; the tail needs them for as long as it is read.
  const std::shared_ptr<std::byte[]> bytes = tail.room_for(record.content.size());
  std::ranges::copy(record.content, bytes.get());
  const std::span<const std::byte> content(bytes.get(), record.content.size());
  auto portions = event::decode(content, record.first, *hasher_);
  if (!portions) return portions.error();
  const auto archived = manifests_->current()->end();
  for (const auto& portion : *portions) {
    std::span<const event::StoredRow> rows = portion.rows;
    while (!rows.empty() && rows.front().sequence < archived) rows = rows.subspan(1);
    for (const auto& row : rows) {
      if (ids_->reserve(row.id_hash, row.sequence) == event::kNoSequence) continue;
      return Error{ErrorCode::Corrupt, "event " + std::to_string(row.sequence) +
                                           " has an id that an earlier event has"};
    }
    if (!rows.empty()) tail.append(rows, bytes, content.size(), portion.project);
  }
  return base::ok;
}

base::Status LocalStore::open_rollup(const ledger::TailWriter& tail) {
  const auto& settings = environment_.settings;
  auto rollup = views::rollup::Rollup::open(
      environment_.files, {.folder = environment_.folder / "views" / "rollup",
                           .ledger_id = folder_->ledger_id(),
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
    if (!replayed) return replayed;
  }
  tail.snapshot().for_each_piece(rollup_->position(), [&](std::span<const event::StoredRow> rows) {
    rollup_->apply(event::ProjectId::Default, rows);
  });
  return base::ok;
}

base::Status LocalStore::replay_archive(event::Sequence from, event::Sequence to) {
  return reader_->scan(*manifests_->current(), from, to, archive::Columns::Views,
                       [&](event::ProjectId project, std::span<const event::StoredRow> rows) {
                         rollup_->apply(project, rows);
                         return base::Status(base::ok);
                       });
}

base::Status LocalStore::open_engines() {
  const auto& settings = environment_.settings;
  auto columnar = views::columnar::ColumnarEngine::open(
      *reader_, {.memory_bytes_max = static_cast<std::uint64_t>(settings.columnar_memory_max),
                 .threads = static_cast<unsigned>(settings.columnar_threads),
                 .nice = kScanNice,
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
  start_scrubber();
  register_figures();
  return base::ok;
}

ingest::CommitLoop::Options LocalStore::commit_options() {
  const auto& settings = environment_.settings;
  auto& metrics = environment_.metrics;
  auto& groups =
      metrics.histogram("tidemark_commit_group_events", "New events of one commit group.",
                        {1, 10, 100, 1'000, 10'000, 100'000});
  auto& appends =
      metrics.histogram("tidemark_journal_append_seconds", "Time to write and sync one group.",
                        telemetry::seconds_bounds());
  std::function<base::Status(event::Sequence, const journal::Visitor&)> reopen;
  if (log_ != nullptr) {
    reopen = [this](event::Sequence from, const journal::Visitor& visit) {
      return log_->reopen(from, visit);
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
  auto& segments = environment_.metrics.histogram("tidemark_archive_segment_seconds",
                                                  "Time to write, read back and name one segment.",
                                                  telemetry::seconds_bounds());
  return {.segment_events = static_cast<std::uint64_t>(settings.archive_events),
          .tail_bytes = static_cast<std::size_t>(settings.archive_bytes),
          .snapshot_events = static_cast<std::uint64_t>(settings.snapshot_events),
          .disk_free_bytes_min = static_cast<std::uint64_t>(settings.disk_free_bytes_min),
          .observe_segment = [&segments](double seconds) { segments.observe(seconds); }};
}

void LocalStore::start_scrubber() {
  const std::chrono::seconds pass(environment_.settings.archive_check_seconds);
  if (pass.count() == 0) return;
  scrubber_ = std::make_unique<ingest::Scrubber>(
      ingest::Scrubber::Parts{environment_.files, *manifests_, *checks_},
      ingest::Scrubber::Options{.pass = pass,
                                .remembered = environment_.folder / "views" / "checked"});
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
  const bool archive_works =
      archiver.last_failure.empty() ||
      loop.tail_end - archiver.archived <
          4 * static_cast<std::uint64_t>(environment_.settings.archive_events);
  base::Status archive = base::ok;
  if (!archive_works) archive = Error{ErrorCode::Unavailable, archiver.last_failure};
  auto journal = loop_->healthy();
  if (journal && log_ != nullptr) journal = log_->room();
  // The rollup may have given up for want of memory: the columnar engine still answers everything.
  return {{"journal", journal}, {"archive", archive}, {"views", base::ok}};
}

void LocalStore::stop() {
  if (scrubber_) scrubber_->stop();
  if (archiver_) archiver_->stop();
  if (rollup_) rollup_->stop();
  if (loop_) loop_->stop();
  if (live_) live_->stop();
}

}  // namespace tidemark::app
