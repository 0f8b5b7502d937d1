#include "store/durable_state.hpp"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <iterator>
#include <span>
#include <utility>

#include "base/check.hpp"
#include "base/hash.hpp"
#include "event/encoding.hpp"
#include "journal/passing_journal.hpp"
#include "store/id_check.hpp"
#include "telemetry/log.hpp"

namespace tidemark::store {
namespace {

using base::Error;
using base::ErrorCode;
namespace local = ledger::local;

/// So many groups of rows fit the memory of the archiver's DuckDB, which needs up to six times one
/// to write it.
constexpr std::uint64_t kWriterGroups = 8;

}  // namespace

base::Result<DurableState::Opened> DurableState::open(Environment environment) {
  std::unique_ptr<DurableState> self(new DurableState(std::move(environment)));
  if (auto opened = self->open_folder(); !opened) return opened.error();
  if (auto opened = self->open_archive(); !opened) {
    return opened.error().while_doing("opening the archive");
  }
  if (auto opened = self->open_proofs(); !opened) return opened.error();
  if (auto opened = self->open_ids(); !opened) {
    return opened.error().while_doing("opening the index of ids");
  }
  auto tail = self->open_journal();
  if (!tail) return tail.error().while_doing("opening the journal");
  TIDEMARK_CHECK(tail->begin() == self->manifests_->current()->end());
  TIDEMARK_CHECK(self->ids_->fresh().end() == tail->end());
  if (auto settled = self->settle_archive(); !settled) {
    return settled.error().while_doing("opening the archive");
  }
  return Opened{.state = std::move(self), .tail = std::move(*tail)};
}

base::Status DurableState::open_folder() {
  auto folder = files::DataFolder::open(environment_.files, environment_.folder);
  if (!folder) return folder.error();
  folder_ = std::move(*folder);
  hasher_ = std::make_unique<event::IdHasher>(folder_->id_key());
  return base::ok;
}

base::Status DurableState::open_archive() {
  auto& files = environment_.files;
  const auto folder = environment_.folder / "archive";
  auto manifests = archive::ManifestStore::open(files, folder);
  if (!manifests) return manifests.error();
  manifests_ = std::move(*manifests);
  report_.archived = manifests_->current()->end();

  const auto of_writer = environment_.options.archive_writer_memory;
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
      {.memory_bytes_max = environment_.options.archive_reader_memory, .checks = checks_.get()});
  if (!reader) return reader.error();
  reader_ = std::move(*reader);
  return base::ok;
}

base::Status DurableState::open_ids() {
  auto& files = environment_.files;
  auto manifest = manifests_->current();
  auto opened = local::IdIndex::open(files, manifest->folder, manifest->runs, manifest->end());
  if (!opened) return opened.error();
  if (opened->broken.empty() && bytes_of(manifest->runs) <= kIdsCheckedAtStartBytes) {
    opened->broken = local::IdIndex::verify(files, manifest->folder, manifest->runs);
    for (const auto& fault : opened->broken) {
      // The disk, and no damage that could be mended.
      if (fault.why.code() == ErrorCode::Unavailable) return fault.why;
    }
  }
  if (!opened->broken.empty()) {
    for (const auto& fault : opened->broken) {
      telemetry::warning("a file of the id index is damaged; rebuilding the file",
                         {{"reason", std::string_view(fault.why.message())}});
    }
    if (auto whole = look_at_journal(); !whole) return whole;
    auto made_anew = rebuild_runs(opened->broken);
    if (!made_anew) return made_anew.error();
    report_.rebuilt_runs = made_anew->size();
    manifest = manifests_->current();
    opened = local::IdIndex::open(files, manifest->folder, manifest->runs, manifest->end());
    if (!opened) return opened.error();
    if (!opened->broken.empty()) return opened->broken.front().why;
  }
  ids_ = std::move(opened->index);
  assert(ids_ != nullptr);
  return base::ok;
}

base::Status DurableState::repair_runs(const std::vector<local::BrokenRun>& faults) {
  assert(ids_ != nullptr);
  // Runs that were merged meanwhile are not needed any more.
  std::vector<local::BrokenRun> needed;
  const auto& runs = manifests_->current()->runs;
  std::ranges::copy_if(faults, std::back_inserter(needed), [&](const auto& fault) {
    return std::ranges::find(runs, fault.run.file, &archive::RunFile::file) != runs.end();
  });
  if (needed.empty()) return base::ok;
  auto rebuilt = rebuild_runs(needed);
  return rebuilt ? ids_->exchange(*rebuilt) : base::Status(rebuilt.error());
}

base::Result<std::vector<archive::RunFile>> DurableState::rebuild_runs(
    const std::vector<local::BrokenRun>& faults) {
  const auto manifest = manifests_->current();
  const auto ids_of_segments = [&](event::Sequence first, event::Sequence end, const auto& take) {
    std::vector<local::RunEntry> ids;
    const auto hash_rows = [&](const event::ProjectRows& piece) {
      ids.clear();
      for (const auto& row : piece.rows) {
        ids.push_back({hasher_->hash(piece.project, row.id), row.sequence});
      }
      return take(ids);
    };
    return reader_->scan(*manifest, first, end, archive::Columns::Ids, hash_rows);
  };
  std::vector<archive::RunFile> broken;
  for (const auto& fault : faults) broken.push_back(fault.run);
  auto rebuilt =
      local::IdIndex::rebuild(environment_.files, manifest->folder, broken, ids_of_segments);
  if (!rebuilt) return rebuilt.error().while_doing("rebuilding broken runs of ids");
  assert(rebuilt->size() == broken.size());
  runs_rebuilt_ += rebuilt->size();

  auto listing = manifest->listing();
  std::erase_if(listing.runs, [&](const archive::RunFile& run) {
    return std::ranges::find(broken, run.file, &archive::RunFile::file) != broken.end();
  });
  listing.runs.insert(listing.runs.end(), rebuilt->begin(), rebuilt->end());
  auto replaced = manifests_->replace(std::move(listing));
  if (!replaced) return replaced.error();
  return rebuilt;
}

base::Result<ledger::TailWriter> DurableState::open_journal() {
  if (!environment_.fed) return open_log();
  const auto archived = manifests_->current()->end();
  if (archived > environment_.fed->up_to) {
    return Error{ErrorCode::Corrupt, "the archive holds " + std::to_string(archived) +
                                         " events, but the ledger that feeds it has only " +
                                         std::to_string(environment_.fed->up_to)};
  }
  journal_ = std::make_unique<journal::PassingJournal>(archived);
  return ledger::TailWriter(archived);
}

journal::local::Log::Options DurableState::log_options() {
  return {.segment_bytes = environment_.options.journal_segment_bytes,
          .disk_free_bytes_min = environment_.options.disk_free_bytes_min,
          .on_sync = environment_.on_sync,
          .on_durable = [this](event::Sequence end) { mark_->reached(end); },
          .origin = [this] { return origin(); },
          .judge = [this](const journal::local::Recovered& found) { return proofs_->judge(found); },
          // `judge` refuses damage that nobody has accepted.
          .damage = journal::local::Damage::ReadUpToIt};
}

base::Result<ledger::TailWriter> DurableState::open_log() {
  const auto archived = manifests_->current()->end();
  ledger::TailWriter tail(archived);
  const auto keep = [&](const journal::Record& record) { return recover(record, tail); };
  auto journal = journal::local::ReopeningLog::open(
      environment_.files, environment_.folder / "journal", log_options(), archived, keep);
  if (!journal) return journal.error();
  log_ = journal->get();
  journal_ = std::move(*journal);
  assert(tail.end() >= archived && tail.end() == journal_->end());
  report_.from_journal = tail.end() - archived;
  if (auto begun = begin_mark(); !begun) return begun.error();
  return tail;
}

base::Status DurableState::recover(const journal::Record& record, ledger::TailWriter& tail) {
  // The journal lends its bytes; the tail needs them for as long as it is read.
  const std::shared_ptr<std::byte[]> bytes = tail.room_for(record.content.size());
  std::ranges::copy(record.content, bytes.get());
  const std::span<const std::byte> content(bytes.get(), record.content.size());
  const auto decoded = event::decode(content, record.first, *hasher_);
  if (!decoded) return decoded.error();
  const auto archived = manifests_->current()->end();
  for (auto piece : decoded->pieces()) {
    auto& rows = piece.rows;
    while (!rows.empty() && rows.front().sequence < archived) rows = rows.subspan(1);
    for (const auto& row : rows) {
      if (ids_->reserve(row.id_hash, row.sequence) == event::kNoSequence) continue;
      return Error{ErrorCode::Corrupt,
                   "event " + std::to_string(row.sequence) + " has the id of an earlier event"};
    }
    tail.append(piece, bytes, content.size());
  }
  return base::ok;
}

base::Status DurableState::open_proofs() {
  manifests_->bear_witness([this] { return witness(); });
  if (environment_.fed) return base::ok;  // whatever is missing comes from the ledger again
  auto& files = environment_.files;
  auto mark = files::Mark::open(files, environment_.folder);
  if (!mark) return mark.error();
  mark_ = std::move(*mark);
  manifests_->on_replaced([this](std::uint64_t generation) { mark_->manifest(generation); });
  const auto& proven_by_views = environment_.proven_by_views;
  proofs_ = std::make_unique<Proofs>(
      Proofs::Parts{.folder = *folder_,
                    .mark = *mark_,
                    .manifests = *manifests_,
                    .path = environment_.folder,
                    .snapshot = proven_by_views ? proven_by_views(views_ledger_id()) : std::nullopt,
                    .accepted = environment_.accepted_loss});
  return proofs_->check();
}

base::Status DurableState::look_at_journal() {
  if (environment_.fed) return base::ok;
  auto found = journal::local::recover(
      environment_.files, environment_.folder / "journal", manifests_->current()->end(),
      [](const journal::Record&) { return base::Status(base::ok); },
      journal::local::Damage::ReadUpToIt);
  if (!found) return found.error();
  return proofs_->look(*found);
}

base::Status DurableState::settle_archive() {
  const bool keep = proofs_ && proofs_->loss_was_accepted();
  auto orphans = keep ? manifests_->put_orphans_aside() : manifests_->remove_orphans();
  if (!orphans) return orphans.error();
  report_.orphans = std::move(*orphans);
  return base::ok;
}

base::Status DurableState::begin_mark() {
  assert(mark_ != nullptr && proofs_ != nullptr && journal_ != nullptr);
  if (proofs_->loss_was_accepted()) report_.loss_accepted = proofs_->loss();
  report_.dropped = proofs_->dropped();
  report_.unconfirmed_bytes = proofs_->unconfirmed_bytes();
  const auto begun = mark_->begin({.folder = folder_->print(),
                                   .epoch = folder_->epoch().number,
                                   .reached = journal_->end(),
                                   .manifest = manifests_->current()->generation,
                                   .unconfirmed = proofs_->unconfirmed_bytes()});
  if (begun) return base::ok;
  // A full disk is not a reason not to open: it is tried again each second.
  telemetry::warning(
      "cannot write MARK yet: until then, a loss at the journal's end would not be noticed",
      {{"reason", std::string_view(begun.error().message())}});
  return base::ok;
}

base::Result<journal::local::Origin> DurableState::origin() const {
  assert(folder_ != nullptr && manifests_ != nullptr);
  if (auto held = folder_->still_held(); !held) return held.error();
  return journal::local::Origin{.folder = folder_->print(),
                                .epoch = folder_->epoch().number,
                                .manifest = manifests_->current()->generation};
}

base::Result<archive::Witness> DurableState::witness() const {
  if (auto held = folder_->still_held(); !held) return held.error();
  if (environment_.fed) return archive::Witness{};
  return archive::Witness{.folder = folder_->print(),
                          .epoch = folder_->epoch().number,
                          .reached = journal_ ? journal_->end() : manifests_->current()->end()};
}

std::uint64_t DurableState::views_ledger_id() const {
  assert(folder_ != nullptr);
  const auto epoch = folder_->epoch();
  if (epoch.number == 0) return folder_->ledger_id();
  const std::uint64_t counted = std::uint64_t{epoch.number} << 16 | epoch.tag;
  return folder_->ledger_id() ^ base::hash64(std::as_bytes(std::span(&counted, 1)));
}

std::string DurableState::note_of_end() const {
  const auto bytes = unconfirmed_bytes();
  if (bytes == 0) return {};
  return std::to_string(bytes) +
         " bytes at the journal's end could not be read after a power cut and were dropped: these "
         "bytes may have been acknowledged events; start once with --accept-loss to confirm the "
         "loss";
}

void DurableState::note_end() {
  if (!mark_ || !journal_ || std::exchange(end_noted_, true)) return;
  auto ended = mark_->end();
  if (ended) ended = folder_->note_reached(journal_->end());
  if (!ended) {
    telemetry::warning("cannot write down where the journal ends",
                       {{"reason", std::string_view(ended.error().message())}});
  }
}

}  // namespace tidemark::store
