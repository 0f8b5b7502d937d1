#include "support/removed_events.hpp"

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include "archive/manifest_store.hpp"
#include "archive/segment_reader.hpp"
#include "archive/segment_writer.hpp"
#include "event/stored_rows.hpp"

namespace tidemark::testing_support {
namespace {

/// What is left of a segment, with texts of its own.
struct Left {
  std::deque<std::string> texts;
  event::StoredRows rows;

  void add(event::ProjectId project, event::StoredRow row) {
    for (auto* text : {&row.id, &row.user_id, &row.event_type, &row.properties}) {
      *text = texts.emplace_back(*text);
    }
    rows.add(project, row);
  }
};

base::Status read(const archive::SegmentReader& reader, const archive::Manifest& manifest,
                  const archive::SegmentFile& segment,
                  const std::function<bool(event::Sequence)>& removed, Left& left) {
  return reader.scan(manifest, segment.first, segment.end, archive::Columns::All,
                     [&](const event::ProjectRows& piece) {
                       for (const auto& row : piece.rows) {
                         if (!removed(row.sequence)) left.add(piece.project, row);
                       }
                       return base::Status(base::ok);
                     });
}

/// The segment under a name of its own; the range is that of the old one.
base::Result<archive::SegmentFile> write(archive::SegmentWriter& writer,
                                         const std::filesystem::path& folder,
                                         const std::string& name, const archive::SegmentFile& old,
                                         const Left& left) {
  const auto pieces = left.rows.pieces();
  auto written = writer.write(name, pieces);
  if (!written) return written.error();
  if (auto synced = writer.sync(*written); !synced) return synced.error();
  if (auto good = writer.check(*written, pieces); !good) return good.error();
  std::filesystem::rename(folder / (name + ".tmp"), folder / name);
  written->first = old.first;
  written->end = old.end;
  return written;
}

}  // namespace

base::Status remove_events(const std::filesystem::path& data_dir,
                           const std::function<bool(event::Sequence)>& removed) {
  const auto folder = data_dir / "archive";
  auto manifests = archive::ManifestStore::open(files::posix_files(), folder);
  if (!manifests) return manifests.error();
  auto reader = archive::SegmentReader::open({});
  if (!reader) return reader.error();
  auto writer = archive::SegmentWriter::open(files::posix_files(), {.folder = folder});
  if (!writer) return writer.error();

  const auto manifest = (*manifests)->current();
  (*manifests)->bear_witness([&]() -> base::Result<archive::Witness> { return manifest->witness; });
  auto listing = manifest->listing();
  listing.segments.clear();
  for (const auto& segment : manifest->segments) {
    Left left;
    if (auto done = read(**reader, *manifest, segment, removed, left); !done) return done;
    if (left.rows.empty()) {
      listing.emptied.push_back({segment.first, segment.end});
      continue;
    }
    const auto name = archive::segment_name(segment.first, (*manifests)->next_generation());
    auto written = write(**writer, folder, name, segment, left);
    if (!written) return written.error();
    listing.segments.push_back(*written);
  }
  std::ranges::sort(listing.emptied, {}, &archive::EmptiedRange::first);
  if (auto replaced = (*manifests)->replace(std::move(listing)); !replaced) {
    return replaced.error();
  }
  std::filesystem::remove_all(data_dir / "views");
  return base::ok;
}

}  // namespace tidemark::testing_support
