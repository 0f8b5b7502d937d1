#include "ingest/archiver.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "base/check.hpp"
#include "base/this_thread.hpp"
#include "telemetry/log.hpp"

namespace tidemark::ingest {
namespace {

/// How often the disk is checked without a `poke`.
constexpr std::chrono::milliseconds kRound{1'000};
/// Pauses between tries double from the first to the second of these.
constexpr std::chrono::milliseconds kPauseMin{500};
constexpr std::chrono::milliseconds kPauseMax{30'000};
/// Ingest and questions come first. The system's scale goes from 0 to 19, least important.
constexpr int kNice = 10;
/// A snapshot at the end pays where the replay of so many events would be felt at the next start.
constexpr std::uint64_t kSnapshotAtStopEvents = 200'000;
/// From any size of a segment that may be set, this leads to a single event.
constexpr unsigned kHalvingsMax = 40;
/// After so many segments of a halved size a larger one is tried again.
constexpr unsigned kGoodSegments = 8;

void lower_priority() {
  if (!base::be_nice(kNice)) telemetry::warning("the archiver runs at normal priority", {});
}

}  // namespace

Archiver::Archiver(Parts parts, Options options) : parts_(parts), options_(std::move(options)) {
  assert(options_.segment_events > 0);
  figures_.archived = parts_.manifests.current()->end();
  look_at_disk();
  thread_ = std::thread([this] { run(); });
}

Archiver::~Archiver() { stop(); }

void Archiver::poke() {
  if (!segment_is_due()) return;
  const std::lock_guard lock(mutex_);
  if (std::exchange(poked_, true)) return;
  due_.notify_one();
}

void Archiver::rescue() {
  const std::lock_guard lock(mutex_);
  rescue_wanted_ = true;
}

void Archiver::rescue_if_wanted() {
  {
    const std::lock_guard lock(mutex_);
    if (!rescue_wanted_) return;
  }
  if (!archive_all()) return;  // tried again at the next turn
  const std::lock_guard lock(mutex_);
  rescue_wanted_ = false;
}

bool Archiver::segment_is_due() const {
  const auto figures = parts_.loop.figures();
  const auto archived = parts_.manifests.current()->end();
  return figures.tail_end - archived >= options_.segment_events ||
         (figures.tail_bytes >= options_.tail_bytes && figures.tail_end > archived);
}

Archiver::Figures Archiver::figures() const {
  const std::lock_guard lock(mutex_);
  return figures_;
}

void Archiver::stop() {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(stopping_, true)) return;
  }
  due_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Archiver::run() {
  base::name_this_thread("archiver");
  lower_priority();
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      const auto pause = std::max(kRound, pause_);
      // After a failure a poke does not shorten the pause: the disk needs time, not haste.
      due_.wait_for(lock, pause, [&] { return stopping_ || (poked_ && pause_.count() == 0); });
      poked_ = false;
      if (stopping_) break;
    }
    look_at_disk();
    rescue_if_wanted();
    work();
    tend_views();
  }
  auto written = write_snapshots_if_due(kSnapshotAtStopEvents);
  if (!written) telemetry::warning("no last snapshot", {{"reason", written.error().message()}});
}

void Archiver::look_at_disk() {
  const auto free = parts_.files.free_bytes(parts_.manifests.current()->folder);
  if (!free) return;
  {
    const std::lock_guard lock(mutex_);
    figures_.disk_free_bytes = *free;
  }
  const bool low = *free < options_.disk_free_bytes_min;
  parts_.loop.refuse(
      low ? "the disk is nearly full: " + std::to_string(*free) + " bytes are free, at least " +
                std::to_string(options_.disk_free_bytes_min) + " must stay (disk_free_bytes_min)"
          : "");
}

void Archiver::work() {
  while (segment_is_due()) {
    base::Status written = base::ok;
    {
      const std::lock_guard one_at_a_time(segment_mutex_);
      // Only now: archive_all may have gone further while this waited.
      const auto archived = parts_.manifests.current()->end();
      const auto position = parts_.publication.current()->position;
      assert(archived <= position);
      if (position == archived) return;
      written = archive_up_to(std::min(position, archived + options_.segment_events));
    }
    note(written);
    if (!written || stopping()) return;
  }
  auto summed = write_sums();
  note(summed ? write_snapshots_if_due(options_.snapshot_events) : summed);
}

base::Status Archiver::archive_all() {
  const std::lock_guard one_at_a_time(segment_mutex_);
  const auto position = parts_.publication.current()->position;
  for (auto archived = parts_.manifests.current()->end(); archived < position;
       archived = parts_.manifests.current()->end()) {
    auto written = archive_up_to(std::min(position, archived + options_.segment_events));
    note(written);
    if (!written) return written;
  }
  return base::ok;
}

base::Status Archiver::archive_up_to(Sequence target) {
  for (auto first = parts_.manifests.current()->end(); first < target;
       first = parts_.manifests.current()->end()) {
    auto written = write_segment(segment_end(first, target));
    choose_next_size(written);
    if (!written) return written;
    if (stopping()) return base::ok;
  }
  return base::ok;
}

Sequence Archiver::segment_end(Sequence first, Sequence target) const {
  assert(first < target);
  const auto visible = parts_.publication.current();
  std::size_t bytes = 0;
  visible->tail.for_each_piece(first, target, [&](const event::ProjectRows& piece) {
    for (const auto& row : piece.rows) bytes += archive::text_bytes(row);
  });
  const auto bytes_max = std::max<std::size_t>(options_.tail_bytes >> halvings_, 1);
  if (bytes <= bytes_max && halvings_ == 0) return target;
  // Of about the same size: otherwise the last segment could have only a few events.
  const auto share = bytes / (bytes / bytes_max + 1) + 1;
  const auto events_max = std::max<Sequence>((target - first) >> halvings_, 1);
  Sequence end = first;
  std::size_t taken = 0;
  visible->tail.for_each_piece(first, target, [&](const event::ProjectRows& piece) {
    for (const auto& row : piece.rows) {
      if (taken >= share || row.sequence != end || end - first >= events_max) return;
      taken += archive::text_bytes(row);
      ++end;
    }
  });
  assert(first < end && end <= target);
  return end;
}

base::Status Archiver::write_sums() {
  const std::lock_guard one_at_a_time(segment_mutex_);
  const auto manifest = parts_.manifests.current();
  const auto lacks = [](const archive::SegmentFile& segment) { return segment.block_sums.empty(); };
  if (std::ranges::none_of(manifest->segments, lacks)) return base::ok;
  auto listing = manifest->listing();
  bool made = false;
  for (auto& segment : listing.segments) {
    if (!lacks(segment)) continue;
    segment.block_sums = parts_.checks.sums_of(segment);
    made = made || !lacks(segment);
  }
  if (!made) return base::ok;
  auto next = parts_.manifests.replace(std::move(listing));
  if (!next) return next.error().while_doing("writing the sums of segments to the manifest");
  parts_.loop.adopt(*next);
  return base::ok;
}

void Archiver::choose_next_size(const base::Status& written) {
  if (!written && written.error().code() != base::ErrorCode::Unavailable) {
    halvings_ = std::min(halvings_ + 1, kHalvingsMax);
    good_segments_ = 0;
  } else if (written && halvings_ > 0 && ++good_segments_ == kGoodSegments) {
    --halvings_;
    good_segments_ = 0;
  }
  const std::lock_guard lock(mutex_);
  figures_.halvings = halvings_;
}

bool Archiver::stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

base::Status Archiver::between_segments(const std::function<base::Status()>& work) {
  const std::lock_guard one_at_a_time(segment_mutex_);
  if (auto may = options_.may_write ? options_.may_write() : base::ok; !may) return may;
  return work();
}

base::Status Archiver::write_segment(Sequence end) {
  if (auto may = options_.may_write ? options_.may_write() : base::ok; !may) return may;
  const auto begun = std::chrono::steady_clock::now();
  const auto visible = parts_.publication.current();
  const auto manifest = parts_.manifests.current();
  assert(manifest->end() < end && end <= visible->position);
  std::vector<event::ProjectRows> pieces;
  std::vector<event::IdHash> hashes;
  hashes.reserve(end - manifest->end());
  visible->tail.for_each_piece(manifest->end(), end, [&](const event::ProjectRows& piece) {
    pieces.push_back(piece);
    for (const auto& row : piece.rows) hashes.push_back(row.id_hash);
  });

  const auto name = archive::segment_name(manifest->end(), parts_.manifests.next_generation());
  auto segment = parts_.writer.write(name, pieces);
  if (!segment) return segment.error().while_doing("writing a segment");
  // Nothing was removed of what was never archived.
  TIDEMARK_CHECK(segment->first == manifest->end() && segment->end == end && segment->is_dense());
  TIDEMARK_CHECK(hashes.size() == segment->rows);
  auto synced = parts_.writer.sync(*segment);
  if (!synced) return synced.error().while_doing("writing a segment");
  auto checked = parts_.writer.check(*segment, pieces);
  if (!checked) return checked.error().while_doing("reading a segment back");

  auto runs = parts_.ids.prepare(hashes);
  if (!runs) return runs.error().while_doing("writing the ids of a segment");
  auto renamed = rename_all(*segment, *runs);
  if (!renamed) return renamed;

  auto listing = manifest->listing();
  listing.segments.push_back(*segment);
  listing.runs = runs->runs;
  auto next = parts_.manifests.replace(std::move(listing));
  if (!next) return next.error().while_doing("writing the manifest");

  assert((*next)->end() == end);
  parts_.ids.publish(std::move(*runs));
  parts_.checks.note_written(segment->file);
  parts_.loop.adopt(*next);
  {
    const std::lock_guard lock(mutex_);
    figures_.archived = (*next)->end();
    ++figures_.segments;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  if (options_.observe_segment) options_.observe_segment(took.count());
  telemetry::log(telemetry::Level::Debug, "archived a segment",
                 {{"file", std::string_view(segment->file)},
                  {"events", static_cast<std::int64_t>(segment->end - segment->first)},
                  {"bytes", static_cast<std::int64_t>(segment->bytes)},
                  {"seconds", took.count()}});
  auto released = parts_.journal.release((*next)->end());
  if (!released) {
    telemetry::warning("space of the journal is given back later",
                       {{"reason", released.error().message()}});
  }
  return base::ok;
}

base::Status Archiver::rename_all(const archive::SegmentFile& segment,
                                  const ledger::local::PreparedRuns& runs) {
  const auto& folder = parts_.manifests.current()->folder;
  std::vector<std::string> names{segment.file};
  for (const auto& run : runs.added) names.push_back(run.file);
  for (const auto& name : names) {
    auto renamed = parts_.files.rename(folder / (name + ".tmp"), folder / name);
    if (!renamed) return renamed.error().while_doing("naming a segment's files");
  }
  auto synced = parts_.files.sync_folder(folder);
  if (!synced) return synced.error().while_doing("naming a segment's files");
  return base::ok;
}

base::Status Archiver::write_snapshots_if_due(std::uint64_t events_min) {
  const auto visible = parts_.publication.current();
  if (!parts_.views.snapshot_is_due(visible->position, events_min)) return base::ok;
  if (auto may = options_.may_write ? options_.may_write() : base::ok; !may) return may;
  const auto written = parts_.views.write_snapshots(*visible, events_min);
  if (!written) return written.error();
  const std::lock_guard lock(mutex_);
  figures_.snapshots += *written;
  return base::ok;
}

void Archiver::tend_views() {
  const auto now = std::chrono::steady_clock::now();
  if (now - views_tended_ < kRound) return;
  views_tended_ = now;
  parts_.views.tend(*parts_.publication.current());
}

void Archiver::note(const base::Status& status) {
  const std::lock_guard lock(mutex_);
  if (status) {
    pause_ = std::chrono::milliseconds{0};
    figures_.last_failure.clear();
    return;
  }
  pause_ = std::clamp(pause_ * 2, kPauseMin, kPauseMax);
  ++figures_.failures;
  figures_.last_failure = status.error().message();
  telemetry::error("archiving failed and will be tried again",
                   {{"reason", status.error().message()},
                    {"pause_seconds", static_cast<double>(pause_.count()) / 1000}});
}

}  // namespace tidemark::ingest
