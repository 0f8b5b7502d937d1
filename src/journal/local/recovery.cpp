#include "journal/local/recovery.hpp"

#include <algorithm>

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
  Reading(Sequence from, const Visitor& visit) : from_(from), visit_(visit) { result_.end = from; }

  base::Status list(files::Files& files, const files::Files::Path& folder);
  base::Status read(std::size_t index);

  [[nodiscard]] std::size_t size() const { return candidates_.size(); }
  [[nodiscard]] Recovered take() { return std::move(result_); }

 private:
  base::Status take_record(const Candidate& candidate, std::uint64_t offset,
                           const RecordReader::Found& found);
  base::Status judge_end(const Candidate& candidate, RecordReader& reader,
                         std::optional<Sequence> next_begin);

  const Sequence from_;
  const Visitor& visit_;
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

    auto segment = open_segment(files, folder / name, parsed->number);
    if (!segment) return segment.error();
    RecordReader reader(*segment);
    auto first = reader.next();
    if (!first) return first.error();
    std::optional<Sequence> begin;
    if (*first) begin = (*first)->header.first;
    candidates_.push_back({.segment = std::move(*segment), .begin = begin});
  }
  return base::ok;
}

base::Status Reading::read(std::size_t index) {
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
  if (!visited) return visited;
  if (!result_.live_offset) result_.live_offset = offset;
  result_.end = header.end();
  return base::ok;
}

/// Looks at the place behind the last good record: is something missing there?
base::Status Reading::judge_end(const Candidate& candidate, RecordReader& reader,
                                std::optional<Sequence> next_begin) {
  Sequence proven = 0;
  std::string by;
  if (next_begin) {
    // What was proven beyond it is the next segment's to hold.
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
  if (proven <= result_.end) return base::ok;
  return corrupt(candidate.segment, reader.offset(),
                 "no readable record with event " + std::to_string(result_.end) + ", though " + by +
                     " says that it was on the disk; restore the data folder from a backup");
}

}  // namespace

base::Result<Recovered> recover(files::Files& files, const files::Files::Path& folder,
                                Sequence from, const Visitor& visit) {
  Reading reading(from, visit);
  auto listed = reading.list(files, folder);
  if (!listed) return listed.error();
  for (std::size_t index = 0; index < reading.size(); ++index) {
    auto read = reading.read(index);
    if (!read) return read.error();
  }
  return reading.take();
}

}  // namespace tidemark::journal::local
