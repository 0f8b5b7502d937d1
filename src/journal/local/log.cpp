#include "journal/local/log.hpp"

#include <algorithm>
#include <cassert>

#include "base/check.hpp"
#include "journal/local/in_place.hpp"

namespace tidemark::journal::local {
namespace {

using base::Error;
using base::ErrorCode;

/// Which records of the last segment go into the new one.
struct Copy {
  std::uint64_t from_offset = 0;
  std::uint64_t end_offset = 0;
  Sequence from = 0;   ///< those that end above it
  Sequence first = 0;  ///< the first event that was copied
};

Error no_room(const Error& reason) {
  return {ErrorCode::Overloaded, "the journal has no room: " + reason.message()};
}

base::Status copy_records(const SegmentFile& source, Copy& copy, RecordWriter& into) {
  assert(copy.from_offset <= copy.end_offset);
  RecordReader reader(source, copy.from_offset);
  bool any = false;
  while (reader.offset() < copy.end_offset) {
    auto found = reader.next();
    if (!found) return found.error();
    if (!*found) break;
    const RecordHeader& header = (*found)->header;
    if (header.end() <= copy.from) continue;
    if (!any) copy.first = header.first;
    any = true;
    auto written = into.write(header, Pieces(&(*found)->content, 1));
    if (!written) return written;
  }
  return base::ok;
}

}  // namespace

Log::Log(files::Files& files, files::Files::Path folder, Options options, Sequence end,
         std::uint64_t next_number)
    : files_(files),
      folder_(std::move(folder)),
      options_(std::move(options)),
      stock_(files_, folder_,
             {.segment_bytes = options_.segment_bytes,
              .spares_max = options_.spares_max,
              .disk_free_bytes_min = options_.disk_free_bytes_min,
              .origin = options_.origin},
             next_number),
      end_(end) {}

Log::~Log() = default;

base::Result<std::unique_ptr<Log>> Log::open(files::Files& files, const files::Files::Path& folder,
                                             Options options, Sequence from, const Visitor& visit) {
  constexpr std::string_view kDoing = "opening the journal";
  if (options.segment_bytes < kSegmentBytesMin ||
      options.segment_bytes % kSegmentHeaderBytes != 0) {
    return Error{ErrorCode::InvalidInput,
                 "a journal segment of " + std::to_string(options.segment_bytes) +
                     " bytes: it must be a multiple of " + std::to_string(kSegmentHeaderBytes) +
                     ", at least " + std::to_string(kSegmentBytesMin)};
  }
  auto recovered = recover(files, folder, from, visit, options.damage);
  if (!recovered) return recovered.error().while_doing(kDoing);
  if (options.judge) {
    auto good = options.judge(*recovered);
    if (!good) return good.error();
  }
  auto made = files.make_folder(folder);
  if (!made) return made.error().while_doing(kDoing);
  auto kept = files.sync_folder(folder.has_parent_path() ? folder.parent_path() : ".");
  if (!kept) return kept.error().while_doing(kDoing);
  std::unique_ptr<Log> log(
      new Log(files, folder, std::move(options), recovered->end, recovered->next_number));
  auto begun = log->begin_anew(std::move(*recovered), from);
  if (!begun) return begun.error().while_doing(kDoing);
  log->next_ = std::make_unique<NextSegment>(log->stock_, log->options_.prepare_ahead);
  return log;
}

base::Status Log::begin_anew(Recovered recovered, Sequence from) {
  // A file that an earlier process renamed must have its new name for good before it is written.
  auto kept = files_.sync_folder(folder_);
  if (!kept) return kept;
  for (const auto& name : recovered.unfinished) {
    auto removed = files_.remove(folder_ / name_of(name));
    if (!removed) return removed;
  }
  for (const auto& name : recovered.spares) {
    auto adopted = stock_.adopt(name);
    if (!adopted) return adopted;
  }
  // Before the fresh segment: with them gone, it is what the next opening reads last.
  for (const auto& name : recovered.beyond_damage) {
    auto aside = put_aside(name);
    if (!aside) return aside;
  }
  auto& used = recovered.used;
  std::vector<UsedSegment> unneeded = std::move(recovered.empty);
  while (!used.empty() && used.front().end <= from) {
    unneeded.push_back(used.front());
    used.erase(used.begin());
  }
  auto given = give_back(std::move(unneeded));
  if (!given) return given;

  auto begun = begin_segment(used, recovered, from);
  if (!begun && begun.error().code() == ErrorCode::Overloaded && !recovered.damage) {
    return stay_without_segment(used, recovered, from, no_room(begun.error()));
  }
  if (!begun) return begun.error();
  if (!recovered.damage) return give_back(std::move(*begun));
  for (const auto& segment : *begun) {
    auto aside = put_aside({.number = segment.number});
    if (!aside) return aside;
  }
  return base::ok;
}

base::Status Log::put_aside(const SegmentName& segment) {
  const auto path = folder_ / name_of(segment);
  auto aside = path;
  aside += ".lost";
  auto renamed = files_.rename(path, aside);
  if (!renamed) return renamed;
  return files_.sync_folder(folder_);
}

base::Result<SegmentFile> Log::open_used(const UsedSegment& segment) {
  return open_segment(files_, folder_ / name_of({.number = segment.number, .kind = Kind::Log}),
                      segment.number);
}

base::Result<std::vector<UsedSegment>> Log::begin_segment(std::vector<UsedSegment>& used,
                                                          const Recovered& recovered,
                                                          Sequence from) {
  Copy copy{.first = recovered.end};
  SegmentStock::Content content{.synced_to = recovered.end};
  bool whole = false;
  std::optional<SegmentFile> source;
  if (!used.empty() && recovered.live_offset) {
    auto opened = open_used(used.back());
    if (!opened) return opened.error();
    source = std::move(*opened);
    // Everything that the last segment still holds goes into the new one if it takes less than half
    // of it, so that repeated restarts do not each leave a segment behind.
    assert(*recovered.live_offset >= kSegmentHeaderBytes);
    assert(*recovered.live_offset <= used.back().used_bytes);
    const std::uint64_t live_bytes = used.back().used_bytes - *recovered.live_offset;
    whole = live_bytes <= options_.segment_bytes / 2 || recovered.damage;
    copy.from_offset = *recovered.live_offset;
    copy.end_offset = used.back().used_bytes;
    copy.from = whole ? from : std::max(from, recovered.synced_to);
    content.bytes_min =
        (kSegmentHeaderBytes + live_bytes + kSegmentHeaderBytes - 1) & ~(kSegmentHeaderBytes - 1);
    content.fill = [&](RecordWriter& records) { return copy_records(*source, copy, records); };
  }
  auto ready = stock_.make(content);
  if (!ready) return ready.error();
  active_ = std::move(*ready);
  std::vector<UsedSegment> copied;
  if (whole) {
    copied.push_back(used.back());
    used.pop_back();
  }
  const std::lock_guard lock(mutex_);
  has_active_ = true;
  segments_.assign(used.begin(), used.end());
  segments_.push_back({.number = active_.header.number,
                       .begin = copy.first,
                       .end = recovered.end,
                       .file_bytes = active_.header.bytes,
                       .used_bytes = active_.writer.offset()});
  return copied;
}

base::Status Log::stay_without_segment(const std::vector<UsedSegment>& used,
                                       const Recovered& recovered, Sequence from, base::Error why) {
  if (!used.empty() && recovered.live_offset) {
    auto last = open_used(used.back());
    if (!last) return last.error();
    auto kept = write_in_place(files_, *last,
                               {.from_offset = *recovered.live_offset,
                                .synced_to = std::max(from, recovered.synced_to),
                                .end = recovered.end});
    if (!kept) return kept.error().while_doing("rewriting the journal's end in place");
  }
  const std::lock_guard lock(mutex_);
  segments_.assign(used.begin(), used.end());
  no_room_ = std::move(why);
  return base::ok;
}

base::Status Log::give_back(std::vector<UsedSegment> segments) {
  auto given = stock_.give_back(segments);
  if (given) return given;
  // Back to the front, in order: the next release tries again.
  const std::lock_guard lock(mutex_);
  segments_.insert(segments_.begin(), segments.begin(), segments.end());
  return given;
}

std::size_t Log::content_bytes_max() const {
  assert(options_.segment_bytes > kSegmentHeaderBytes + kRecordHeaderBytes);
  return std::min<std::uint64_t>(kContentBytesMax,
                                 options_.segment_bytes - kSegmentHeaderBytes - kRecordHeaderBytes);
}

base::Status Log::append(Sequence first, std::uint32_t count, Pieces pieces) {
  if (poisoned_) {
    return Error{ErrorCode::Unavailable,
                 "the journal takes no more events, because a write or sync failed; the journal "
                 "must be opened again"};
  }
  if (first != end() || count == 0) {
    return Error{ErrorCode::InvalidInput,
                 "a record of " + std::to_string(count) + " events from " + std::to_string(first) +
                     " does not follow the journal's end " + std::to_string(end())};
  }
  std::size_t length = 0;
  for (const auto piece : pieces) length += piece.size();
  if (length > content_bytes_max()) {
    return Error{ErrorCode::TooLarge, "a record of " + std::to_string(length) +
                                          " bytes is too large: the journal takes at most " +
                                          std::to_string(content_bytes_max())};
  }
  if (active_.writer.offset() + record_bytes(length) > active_.header.bytes) {
    auto begun = begin_next_segment();
    if (!begun) return begun;
  }
  auto written = write_record(first, count, pieces);
  if (!written) {
    poisoned_ = true;
    return Error{ErrorCode::Unavailable, written.error().message()}.while_doing(
        "appending to the journal");
  }
  return base::ok;
}

base::Status Log::write_record(Sequence first, std::uint32_t count, Pieces pieces) {
  std::size_t length = 0;
  for (const auto piece : pieces) length += piece.size();
  assert(first == end_.load(std::memory_order_relaxed));
  TIDEMARK_CHECK(active_.file != nullptr &&
                 active_.writer.offset() + record_bytes(length) <= active_.header.bytes);
  // One record is written at a time, so all before it is on the disk.
  const RecordHeader header{.length = static_cast<std::uint32_t>(length),
                            .count = count,
                            .first = first,
                            .synced_to = first};
  auto written = active_.writer.write(header, pieces);
  if (!written) return written;

  const auto start = std::chrono::steady_clock::now();
  auto synced = active_.file->sync();
  if (options_.on_sync) options_.on_sync(std::chrono::steady_clock::now() - start);
  if (!synced) return synced;
  auto named = active_.file->has_name();
  if (!named) return named.error();
  if (!*named) {
    return Error{ErrorCode::Unavailable,
                 active_.path.string() +
                     " was removed while it was being written; what was written to it is lost"};
  }
  if (options_.on_durable) options_.on_durable(first + count);

  const std::lock_guard lock(mutex_);
  assert(!segments_.empty() && segments_.back().number == active_.header.number);
  assert(segments_.back().end == first);
  segments_.back().end = first + count;
  segments_.back().used_bytes = active_.writer.offset();
  ++appended_records_;
  appended_bytes_ += length;
  end_.store(first + count, std::memory_order_release);
  return base::ok;
}

base::Status Log::begin_next_segment() {
  auto ready = next_->take();
  if (!ready) {
    // Nothing was written to the segment in use: the log is as it was, and may go on later.
    const std::lock_guard lock(mutex_);
    no_room_ = no_room(ready.error());
    // Other reasons name files, which only the operator may see (`room`), not the caller of
    // `append`.
    if (ready.error().code() == ErrorCode::Overloaded) return *no_room_;
    return no_room({ErrorCode::Overloaded, "its next segment could not be made"});
  }
  active_ = std::move(*ready);
  const std::lock_guard lock(mutex_);
  assert(segments_.empty() || segments_.back().number < active_.header.number);
  has_active_ = true;
  no_room_.reset();
  segments_.push_back({.number = active_.header.number,
                       .begin = end(),
                       .end = end(),
                       .file_bytes = active_.header.bytes,
                       .used_bytes = active_.writer.offset()});
  return base::ok;
}

base::Status Log::release(Sequence end) {
  std::vector<UsedSegment> released;
  {
    const std::lock_guard lock(mutex_);
    // Without a segment to write the last one goes too: its file may be the room that is missing.
    const std::size_t kept = has_active_ ? 1 : 0;
    while (segments_.size() > kept && segments_.front().end <= end) {
      released.push_back(segments_.front());
      segments_.pop_front();
    }
  }
  auto given = give_back(std::move(released));
  if (!given) return given.error().while_doing("releasing journal segments");
  return base::ok;
}

Sequence Log::begin() const {
  const std::lock_guard lock(mutex_);
  return segments_.empty() ? this->end() : segments_.front().begin;
}

std::uint64_t Log::bytes() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t total = 0;
  for (const auto& segment : segments_) {
    assert(segment.used_bytes >= kSegmentHeaderBytes);
    total += segment.used_bytes - kSegmentHeaderBytes;
  }
  return total;
}

base::Status Log::room() const {
  const std::lock_guard lock(mutex_);
  assert(next_ != nullptr);
  if (!no_room_ || next_->is_ready()) return base::ok;
  return *no_room_;
}

Stats Log::stats() const {
  const std::size_t spares = stock_.spares();
  const std::lock_guard lock(mutex_);
  std::uint64_t disk_bytes = spares * options_.segment_bytes;
  for (const auto& segment : segments_) disk_bytes += segment.file_bytes;
  return {.segments = segments_.size(),
          .spares = spares,
          .disk_bytes = disk_bytes,
          .appended_records = appended_records_,
          .appended_bytes = appended_bytes_};
}

}  // namespace tidemark::journal::local
