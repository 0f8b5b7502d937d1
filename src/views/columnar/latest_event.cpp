#include "views/columnar/latest_event.hpp"

#include <algorithm>

namespace tidemark::views::columnar {

namespace duckdb = clients::duckdb;

base::Result<std::optional<event::Micros>> LatestEvent::find(event::ProjectId project,
                                                             const query::Visible& visible,
                                                             const duckdb::Stop& stop) {
  auto archived = in_archive(project, *visible.manifest, stop);
  if (!archived) return archived.error();
  Found latest = *archived;
  const auto end = visible.manifest->end();
  visible.tail.for_each_piece(end, visible.tail.end, [&](const event::ProjectRows& piece) {
    if (piece.project != project) return;
    for (const auto& row : piece.rows) latest = std::max(latest.value_or(-1), row.occurred_at);
  });
  return latest;
}

base::Result<LatestEvent::Found> LatestEvent::in_archive(event::ProjectId project,
                                                         const archive::Manifest& manifest,
                                                         const duckdb::Stop& stop) {
  if (manifest.segments.empty()) return Found{};
  {
    const std::lock_guard lock(mutex_);
    if (known_ && known_->generation == manifest.generation && known_->project == project) {
      return known_->latest;
    }
  }
  std::vector<const archive::SegmentFile*> files;
  for (const auto& file : manifest.segments) files.push_back(&file);
  std::ranges::sort(files, std::ranges::greater{}, &archive::SegmentFile::occurred_max);
  Found latest;
  for (const auto* file : files) {
    if (latest && *latest >= file->occurred_max) break;
    auto good = calculator_.require(manifest, std::span(&file, 1), stop);
    if (!good) return good.error();
    const query::SqlQuery query{
        .text = "SELECT max(epoch_us(occurred_at)) FROM " + read_parquet_sql(manifest, {file}) +
                " WHERE project = " + std::to_string(static_cast<std::uint32_t>(project)),
        .values = {}};
    const auto take = [&latest](const duckdb::Chunk& chunk) {
      const auto& column = chunk.column(0);
      if (!column.null(0)) latest = std::max(latest.value_or(-1), column.int64s()[0]);
    };
    if (auto done = calculator_.run(query, stop, take); !done) return done.error();
  }
  const std::lock_guard lock(mutex_);
  known_ = Known{.generation = manifest.generation, .project = project, .latest = latest};
  return latest;
}

}  // namespace tidemark::views::columnar
