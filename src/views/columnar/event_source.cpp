#include "views/columnar/event_source.hpp"

#include <cassert>

namespace tidemark::views::columnar {

std::string read_parquet_sql(const archive::Manifest& manifest,
                             const std::vector<const archive::SegmentFile*>& files) {
  assert(!files.empty());
  std::string list;
  for (const auto* file : files) {
    if (!list.empty()) list += ',';
    list += clients::duckdb::sql_file(manifest.folder / file->file);
  }
  return "read_parquet([" + list + "], hive_partitioning=false)";
}

EventSource::EventSource(const query::Visible& visible, event::Micros begin, event::Micros end,
                         TailRegistry& tails) {
  // A query takes of these what it needs.
  const std::string select =
      "SELECT project, sequence, occurred_at, user_id, event_type, properties FROM ";
  const auto& manifest = *visible.manifest;
  for (const auto& file : manifest.segments) {
    if (file.occurred_max >= begin && file.occurred_min < end) files_.push_back(&file);
  }
  if (!files_.empty()) from_ = select + read_parquet_sql(manifest, files_);
  if (visible.tail.end > manifest.end()) {
    tail_.emplace(tails.add(visible.tail, manifest.end()));
    if (!from_.empty()) from_ += " UNION ALL ";
    from_ += select + tail_->sql();
  }
  if (!from_.empty()) from_ = "(" + from_ + ") AS events";
}

}  // namespace tidemark::views::columnar
