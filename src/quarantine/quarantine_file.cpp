// The file is a list of records, docs/formats/quarantine.md: a header line of 8 bytes, then for
// each change its length, a checksum and the change itself. It is only appended to, and is written
// anew when more than half of it is about events that are gone.

#include "quarantine/quarantine_file.hpp"

#include <algorithm>
#include <cassert>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "event/content_hash.hpp"
#include "quarantine/encoding.hpp"
#include "telemetry/log.hpp"

namespace tidemark::quarantine {
namespace {

using files::Open;

constexpr std::string_view kAsideName = "quarantine.log.aside";
constexpr std::string_view kMagic = "TMQUAR\x02\n";  // the seventh byte is the version
constexpr std::string_view kMagicWithoutProjects = "TMQUAR\x01\n";
static_assert(kMagic.size() == sizeof(std::uint64_t));
static_assert(kMagicWithoutProjects.size() == kMagic.size());
constexpr std::uint64_t kSearchFactor = 16;  // times that damage is hashed to find what follows
constexpr std::uint64_t kSlackBytes = std::uint64_t{1} << 20;  // below it a rewrite gains nothing

enum class Change : std::uint8_t { Added = 1, Removed = 2 };

std::string record_of(const std::string& change) {
  Writer record;
  record.number(change.size());
  record.number(event::content_hash(change).low);
  return record.bytes() + change;
}

std::string added(const QuarantinedEvent& event) {
  Writer change;
  change.number(static_cast<std::uint64_t>(Change::Added));
  change.number(event.id);
  change.number(static_cast<std::uint64_t>(event.rejected_at));
  change.text(event.source);
  change.text(event.raw);
  change.faults(event.faults);
  change.number(static_cast<std::uint64_t>(event.format));
  change.number(static_cast<std::uint64_t>(event.project));
  return record_of(change.bytes());
}

std::string removed(std::uint64_t id) {
  Writer change;
  change.number(static_cast<std::uint64_t>(Change::Removed));
  change.number(id);
  return record_of(change.bytes());
}

std::optional<QuarantinedEvent> read_added(Reader& reader) {
  QuarantinedEvent event;
  event.id = reader.number();
  event.rejected_at = static_cast<base::Micros>(reader.number());
  event.source = reader.text();
  event.raw = reader.text();
  event.faults = reader.faults();
  if (!reader.ok()) return std::nullopt;
  // Before rows of files were kept as such, a record ended here.
  if (!reader.rest().empty() && reader.number() == static_cast<std::uint64_t>(RawFormat::Csv)) {
    event.format = RawFormat::Csv;
  }
  // Before there were projects, it ended here.
  if (reader.rest().empty()) return event;
  const auto project = reader.number();
  if (!reader.ok() || project > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  event.project = static_cast<event::ProjectId>(project);
  return event;
}

/// Takes the change of the first record off `rest`; nothing if there is no record with a fitting
/// length and checksum.
std::optional<std::string_view> take_record(std::string_view& rest) {
  Reader head(rest);
  const auto size = head.number();
  const auto checksum = head.number();
  if (!head.ok() || size > head.rest().size()) return std::nullopt;
  const auto change = head.rest().substr(0, size);
  if (event::content_hash(change).low != checksum) return std::nullopt;
  rest = head.rest().substr(size);
  return change;
}

/// Where the next record begins after an unreadable one; the end if there is none.
std::size_t next_record(std::string_view rest) {
  // What a sender wrote may look like the beginnings of records: each costs a hash.
  std::uint64_t hashed_max = kSearchFactor * rest.size();
  for (std::size_t at = 1; at < rest.size(); ++at) {
    Reader head(rest.substr(at));
    const auto size = head.number();
    head.number();  // the checksum
    const auto left = head.rest().size();
    const auto kind = head.number();
    const bool possible = head.ok() && size <= left &&
                          (kind == static_cast<std::uint64_t>(Change::Added) ||
                           kind == static_cast<std::uint64_t>(Change::Removed));
    if (!possible) continue;
    if (size > hashed_max) break;
    hashed_max -= size;
    auto from_here = rest.substr(at);
    if (take_record(from_here)) return at;
  }
  return rest.size();
}

std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

}  // namespace

QuarantineFile::QuarantineFile(files::Files& files, files::Files::Path folder, Bounds bounds)
    : files_(files), folder_(std::move(folder)), bounds_(bounds) {}

base::Result<std::unique_ptr<QuarantineFile>> QuarantineFile::open(files::Files& files,
                                                                   files::Files::Path folder,
                                                                   Bounds bounds) {
  auto made = files.make_folder(folder);
  if (!made) return made.error().while_doing("opening the quarantine");
  std::unique_ptr<QuarantineFile> quarantine(new QuarantineFile(files, std::move(folder), bounds));
  auto loaded = quarantine->load();
  if (!loaded) return loaded.error().while_doing("opening the quarantine");
  return quarantine;
}

base::Status QuarantineFile::load() {
  const auto path = folder_ / kFileName;
  // Twice the bound, and as much again: the file is rewritten when half of it is gone.
  const auto content = files::read_whole(files_, path, 4 * bounds_.bytes_max + kSlackBytes);
  if (!content && content.error().code() == base::ErrorCode::NotFound) return begin_file();
  if (!content && content.error().code() != base::ErrorCode::Corrupt) return content.error();
  if (!content || (!content->starts_with(kMagic) && !content->starts_with(kMagicWithoutProjects))) {
    auto aside = files_.rename(path, folder_ / kAsideName);
    if (!aside) return aside;
    telemetry::warning(
        "the quarantine's file is of another kind or version, or too large: it was "
        "put aside and a new one begun",
        {{"kept_as", kAsideName}});
    return begin_file();
  }
  read_changes(std::string_view(*content).substr(kMagic.size()));
  drop_oldest_while_over();
  dropped_ = 0;
  dropped_by_source_ = {};
  return begin_file();
}

base::Status QuarantineFile::begin_file() {
  auto written = rewrite();
  if (!written) {
    // A full disk, most likely. The old content is still there, and the next change tries again:
    // questions can be answered all the same.
    telemetry::warning(
        "the quarantine keeps rejected events in memory until its file can be written",
        {{"reason", std::string_view(written.error().message())}});
  }
  return base::ok;
}

void QuarantineFile::read_changes(std::string_view rest) {
  std::size_t lost_bytes = 0;
  while (!rest.empty()) {
    const auto found = take_record(rest);
    if (!found) {
      const auto skipped = next_record(rest);
      rest.remove_prefix(skipped);
      lost_bytes += skipped;
      ++damaged_;
      continue;
    }
    const auto change = *found;
    Reader reader(change);
    const auto kind = reader.number();
    if (kind == static_cast<std::uint64_t>(Change::Added)) {
      if (auto event = read_added(reader)) keep(std::move(*event));
    } else if (kind == static_cast<std::uint64_t>(Change::Removed)) {
      const auto id = reader.number();
      next_id_ = std::max(next_id_, id + 1);
      std::erase_if(events_, [&](const auto& event) {
        if (event.id == id) forget(event);
        return event.id == id;
      });
    }
  }
  if (damaged_ == 0) return;
  // A crash leaves a torn end, which costs the last moments; all else is damage.
  telemetry::warning("some of the quarantine's file could not be read: rejected events are lost",
                     {{"pieces", static_cast<std::int64_t>(damaged_)},
                      {"bytes", static_cast<std::int64_t>(lost_bytes)},
                      {"kept", static_cast<std::int64_t>(events_.size())}});
}

void QuarantineFile::keep(QuarantinedEvent event) {
  next_id_ = std::max(next_id_, event.id + 1);
  held_.add(Holdings::side_of(event), {.events = 1, .bytes = event.bytes()});
  if (event.is_row()) rows_.emplace(event.project, event.row_hash());
  events_.push_back(std::move(event));
}

/// For an event that is about to be dropped.
void QuarantineFile::forget(const QuarantinedEvent& event) {
  held_.take_off(Holdings::side_of(event), event.bytes());
  if (event.is_row()) rows_.erase({event.project, event.row_hash()});
}

void QuarantineFile::drop_oldest_while_over() {
  std::map<Holdings::Side, std::size_t> next;  // where the oldest that is left may be
  std::vector<bool> gone;
  while (const auto giving = held_.giving(bounds_)) {
    gone.resize(events_.size());
    auto& at = next[*giving];
    while (at < events_.size() && Holdings::side_of(events_[at]) != *giving) ++at;
    assert(at < events_.size() && !gone[at]);
    forget(events_[at]);
    dropped_by_source_.add(events_[at].project, events_[at].source_name());
    gone[at++] = true;
    ++dropped_;
  }
  if (gone.empty()) return;
  std::size_t index = 0;
  std::erase_if(events_, [&](const auto&) { return gone[index++]; });
  assert(index == gone.size() && events_.size() == held_.all().events);
}

base::Status QuarantineFile::rewrite() {
  std::string content(kMagic);
  // Its last event may be gone: that an id was given out is remembered all the same.
  if (next_id_ > 1) content += removed(next_id_ - 1);
  for (const auto& event : events_) content += added(event);
  file_.reset();
  const auto path = folder_ / kFileName;
  auto replaced = files::replace_whole(files_, path, content);
  if (!replaced) return replaced;
  auto file = files_.open(path, Open::Write);
  if (!file) return file.error();
  file_ = std::move(*file);
  file_bytes_ = content.size();
  return base::ok;
}

base::Status QuarantineFile::append(std::string_view records) {
  if (file_ == nullptr) return rewrite();
  assert(file_bytes_ >= kMagic.size());
  auto written = file_->write_at(file_bytes_, as_bytes(records));
  if (!written) return written;  // the next record overwrites what was torn
  file_bytes_ += records.size();
  return rewrite_if_worthwhile();
}

base::Status QuarantineFile::rewrite_if_worthwhile() {
  if (file_bytes_ <= 2 * held_.all().bytes + kSlackBytes) return base::ok;
  return rewrite();
}

base::Status QuarantineFile::add(std::vector<QuarantinedEvent> events) {
  if (events.empty()) return base::ok;
  const std::lock_guard lock(mutex_);
  return add_locked(std::move(events));
}

base::Result<std::size_t> QuarantineFile::add_rows(std::vector<QuarantinedEvent> rows) {
  const std::lock_guard lock(mutex_);
  std::set<RowKey> met;
  std::erase_if(rows, [&](const auto& row) {
    const RowKey key(row.project, row.row_hash());
    return rows_.contains(key) || !met.insert(key).second;
  });
  const auto kept = rows.size();
  if (kept == 0) return kept;
  auto added = add_locked(std::move(rows));
  if (!added) return added.error();
  return kept;
}

base::Status QuarantineFile::add_locked(std::vector<QuarantinedEvent> events) {
  std::string records;
  for (auto& event : events) {
    event.id = next_id_;
    records += added(event);
    keep(std::move(event));
  }
  drop_oldest_while_over();
  auto appended = append(records);
  if (!appended) return appended.error().while_doing("keeping rejected events");
  return base::ok;
}

base::Result<std::vector<QuarantinedEvent>> QuarantineFile::list(event::ProjectId project,
                                                                 std::uint64_t after,
                                                                 std::size_t limit) const {
  const std::lock_guard lock(mutex_);
  std::vector<QuarantinedEvent> found;
  auto at = std::ranges::upper_bound(events_, after, {}, &QuarantinedEvent::id);
  for (; at != events_.end() && found.size() < limit; ++at) {
    if (at->project == project) found.push_back(*at);
  }
  return found;
}

base::Result<std::size_t> QuarantineFile::remove(event::ProjectId project,
                                                 std::span<const std::uint64_t> ids) {
  const std::lock_guard lock(mutex_);
  return remove_locked(project, ids);
}

base::Result<std::size_t> QuarantineFile::remove_source(event::ProjectId project,
                                                        std::string_view source) {
  const std::lock_guard lock(mutex_);
  std::vector<std::uint64_t> ids;
  for (const auto& event : events_) {
    if (event.source == source || event.source_name() == source) ids.push_back(event.id);
  }
  return remove_locked(project, ids);
}

base::Result<std::size_t> QuarantineFile::remove_locked(event::ProjectId project,
                                                        std::span<const std::uint64_t> ids) {
  std::vector<bool> gone_at(events_.size());
  std::string records;
  std::size_t gone = 0;
  for (const auto id : ids) {
    const auto found = std::ranges::lower_bound(events_, id, {}, &QuarantinedEvent::id);
    if (found == events_.end() || found->id != id || found->project != project) continue;
    const auto at = static_cast<std::size_t>(found - events_.begin());
    if (gone_at[at]) continue;  // named twice
    gone_at[at] = true;
    forget(*found);
    records += removed(id);
    ++gone;
  }
  if (gone == 0) return gone;
  std::size_t index = 0;
  std::erase_if(events_, [&](const auto&) { return gone_at[index++]; });
  auto appended = append(records);
  if (!appended) return appended.error().while_doing("removing rejected events");
  assert(events_.size() == held_.all().events);
  return gone;
}

QuarantineFile::Figures QuarantineFile::figures() const {
  const std::lock_guard lock(mutex_);
  const auto& held = held_.all();
  return {.events = held.events, .bytes = held.bytes, .dropped = dropped_, .damaged = damaged_};
}

CountsBySource QuarantineFile::dropped_by_source(event::ProjectId project) const {
  const std::lock_guard lock(mutex_);
  return dropped_by_source_.counts(project);
}

std::set<event::ProjectId> QuarantineFile::projects() const {
  const std::lock_guard lock(mutex_);
  std::set<event::ProjectId> projects;
  for (const auto& event : events_) projects.insert(event.project);
  return projects;
}

}  // namespace tidemark::quarantine
