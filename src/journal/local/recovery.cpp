#include "journal/local/recovery.hpp"

#include <algorithm>
#include <cassert>

namespace tidemark::journal::local {
namespace {

using base::Error;
using base::ErrorCode;

Error corrupt(const SegmentFile& segment, std::uint64_t offset, const std::string& what) {
  return {ErrorCode::Corrupt,
          segment.path.string() + ", offset " + std::to_string(offset) + ": " + what};
}

/// One segment of the folder and where its first valid record begins, if it has one.
struct Candidate {
  SegmentFile segment;
  std::optional<Sequence> begin;
};

class Reading {
 public:
  Reading(Sequence from, const Visitor& visit, Damage damage)
      : from_(from), visit_(visit), damage_(damage) {
    result_.end = from;
  }

  base::Status list(files::Files& files, const files::Files::Path& folder);
  base::Status read_all();

  [[nodiscard]] Recovered take() { return std::move(result_); }

 private:
  base::Status list_segment(files::Files& files, const files::Files::Path& path, SegmentName name);
  /// Whether to go on after this damage; tolerated damage is noted.
  base::Result<bool> bears(const base::Status& status);
  base::Status read(std::size_t index);
  base::Status take_record(const Candidate& candidate, std::uint64_t offset,
                           const RecordReader::Found& found);
  base::Status judge_end(const Candidate& candidate, RecordReader& reader,
                         std::optional<Sequence> next_begin);

  const Sequence from_;
  const Visitor& visit_;
  const Damage damage_;
  bool visitor_refused_ = false;
  std::vector<Candidate> candidates_;
  Recovered result_;
};

base::Status Reading::list(files::Files& files, const files::Files::Path& folder) {
  auto names = files.list(folder);
  if (!names) return names.error();
  for (const auto& name : *names) {
    const auto parsed = parse_name(name);
    if (!parsed) continue;
    result_.next_number = std::max(result_.next_number, parsed->number + 1);
    if (parsed->kind == Kind::Spare) result_.spares.push_back(*parsed);
    if (parsed->kind == Kind::New) result_.unfinished.push_back(*parsed);
    if (parsed->kind != Kind::Log) continue;

    auto listed = list_segment(files, folder / name, *parsed);
    if (auto bearable = bears(listed); !bearable) return bearable.error();
    if (!listed) result_.beyond_damage.push_back(*parsed);
  }
  return base::ok;
}

base::Status Reading::list_segment(files::Files& files, const files::Files::Path& path,
                                   SegmentName name) {
  auto segment = open_segment(files, path, name.number);
  if (!segment) return segment.error();
  RecordReader reader(*segment);
  auto first = reader.next();
  if (!first) return first.error();
  std::optional<Sequence> begin;
  if (*first) begin = (*first)->header.first;
  result_.origin = segment->header.origin;
  candidates_.push_back({.segment = std::move(*segment), .begin = begin});
  return base::ok;
}

base::Result<bool> Reading::bears(const base::Status& status) {
  if (status) return true;
  const bool is_damage = status.error().code() == ErrorCode::Corrupt && !visitor_refused_;
  if (damage_ == Damage::Refuse || !is_damage) return status.error();
  if (!result_.damage) result_.damage = status.error();
  return false;
}

base::Status Reading::read_all() {
  for (std::size_t index = 0; index < candidates_.size(); ++index) {
    auto goes_on = bears(read(index));
    if (!goes_on) return goes_on.error();
    if (*goes_on) continue;
    // Nothing of this one is needed where it holds no good record that is.
    auto& list = candidates_[index].begin ? result_.used : result_.empty;
    if (!candidates_[index].begin || !result_.live_offset) {
      assert(!list.empty());
      result_.beyond_damage.push_back({.number = list.back().number});
      list.pop_back();
    }
    for (std::size_t later = index + 1; later < candidates_.size(); ++later) {
      result_.beyond_damage.push_back({.number = candidates_[later].segment.header.number});
    }
    break;
  }
  return base::ok;
}

base::Status Reading::read(std::size_t index) {
  assert(index < candidates_.size());
  const Candidate& candidate = candidates_[index];
  std::optional<Sequence> next_begin;
  for (std::size_t later = index + 1; later < candidates_.size() && !next_begin; ++later) {
    next_begin = candidates_[later].begin;
  }
  result_.synced_to = std::max(result_.synced_to, candidate.segment.header.synced_to);
  const Sequence begin = candidate.begin.value_or(0);
  auto& list = candidate.begin ? result_.used : result_.empty;
  list.push_back({.number = candidate.segment.header.number,
                  .begin = begin,
                  .end = begin,
                  .file_bytes = candidate.segment.file_bytes,
                  .used_bytes = kSegmentHeaderBytes});
  if (candidate.begin) result_.live_offset.reset();

  RecordReader reader(candidate.segment);
  while (true) {
    const std::uint64_t offset = reader.offset();
    auto found = reader.next();
    if (!found) return found.error();
    if (!*found) break;
    // A later segment begins again before the end of this one where an opening wrote its tail
    // anew: the later one counts.
    if (next_begin && (*found)->header.first >= *next_begin) break;
    auto taken = take_record(candidate, offset, **found);
    if (!taken) return taken;
    result_.used.back().end = (*found)->header.end();
    result_.used.back().used_bytes = reader.offset();
  }
  return judge_end(candidate, reader, next_begin);
}

base::Status Reading::take_record(const Candidate& candidate, std::uint64_t offset,
                                  const RecordReader::Found& found) {
  const RecordHeader& header = found.header;
  result_.synced_to = std::max(result_.synced_to, header.synced_to);
  if (header.end() <= result_.end) return base::ok;  // in the archive already
  if (header.first > result_.end) {
    return corrupt(candidate.segment, offset,
                   "the record begins at event " + std::to_string(header.first) +
                       ", but the events from " + std::to_string(result_.end) +
                       " on are missing before it");
  }
  if (header.first < result_.end && result_.end != from_) {
    return corrupt(candidate.segment, offset,
                   "the record begins at event " + std::to_string(header.first) +
                       ", but the one before it ends at " + std::to_string(result_.end));
  }
  auto visited = visit_({.first = header.first, .count = header.count, .content = found.content});
  visitor_refused_ = !visited;
  if (!visited) return visited;
  if (!result_.live_offset) result_.live_offset = offset;
  result_.end = header.end();
  return base::ok;
}

/// Looks at the place after the last good record: is something missing there?
base::Status Reading::judge_end(const Candidate& candidate, RecordReader& reader,
                                std::optional<Sequence> next_begin) {
  const auto& segment = candidate.segment;
  const bool is_needed = !next_begin || *next_begin > result_.end;
  // It had its size before it had its name.
  if (is_needed && segment.file_bytes != segment.header.bytes) {
    return corrupt(segment, segment.file_bytes,
                   "the file was cut or added to: its header says " +
                       std::to_string(segment.header.bytes) + " bytes");
  }
  Sequence proven = 0;
  std::string by;
  if (next_begin) {
    // The next segment must hold what was proven beyond this one.
    proven = *next_begin;
    by = "the next segment";
  } else {
    proven = result_.synced_to;
    by = "a valid header";
    auto proof = reader.find_proof_beyond(result_.end);
    if (!proof) return proof.error();
    if (*proof) {
      proven = result_.end + 1;
      by = "the valid record at offset " + std::to_string(**proof);
    }
  }
  if (proven <= result_.end) {
    if (next_begin) return base::ok;
    auto bytes = reader.bytes_of_unfinished();
    if (!bytes) return bytes.error();
    if (*bytes > 0) {
      result_.torn = {.path = candidate.segment.path, .offset = reader.offset(), .bytes = *bytes};
    }
    return base::ok;
  }
  return corrupt(candidate.segment, reader.offset(),
                 "no readable record with event " + std::to_string(result_.end) + ", though " + by +
                     " says that it was on the disk; restore the data folder from a backup");
}

}  // namespace

base::Result<Recovered> recover(files::Files& files, const files::Files::Path& folder,
                                Sequence from, const Visitor& visit, Damage damage) {
  Reading reading(from, visit, damage);
  auto listed = reading.list(files, folder);
  if (!listed) return listed.error();
  auto read = reading.read_all();
  if (!read) return read.error();
  return reading.take();
}

}  // namespace tidemark::journal::local
