#include "quarantine/carry_over.hpp"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "quarantine/quarantine_file.hpp"

namespace tidemark::quarantine {
namespace {

constexpr std::size_t kEventsAtOnce = 1'000;

base::Status add_all(std::vector<QuarantinedEvent> events, Quarantine& to) {
  const auto is_sent = [](const auto& event) { return !event.is_row(); };
  const auto first_row = std::stable_partition(events.begin(), events.end(), is_sent);
  std::vector<QuarantinedEvent> rows(std::make_move_iterator(first_row),
                                     std::make_move_iterator(events.end()));
  events.erase(first_row, events.end());
  if (auto added = to.add(std::move(events)); !added) return added;
  auto added = to.add_rows(std::move(rows));
  if (!added) return added.error();
  return base::ok;
}

base::Result<std::size_t> move_all(event::ProjectId project, Quarantine& from, Quarantine& to) {
  std::size_t moved = 0;
  for (;;) {
    auto events = from.list(project, 0, kEventsAtOnce);
    if (!events) return events.error();
    if (events->empty()) return moved;
    assert(events->size() <= kEventsAtOnce);
    std::vector<std::uint64_t> ids;
    for (const auto& event : *events) ids.push_back(event.id);
    if (auto added = add_all(std::move(*events), to); !added) return added.error();
    // Only now: until here a failure leaves them where they were.
    auto removed = from.remove(project, ids);
    if (!removed) return removed.error();
    moved += ids.size();
  }
}

}  // namespace

base::Result<std::size_t> carry_over(files::Files& files, const files::Files::Path& folder,
                                     Bounds bounds, Quarantine& to) {
  const auto names = files.list(folder);
  if (!names) return names.error();
  if (std::ranges::count(*names, QuarantineFile::kFileName) == 0) return std::size_t{0};
  auto file = QuarantineFile::open(files, folder, bounds);
  if (!file) return file.error();
  std::size_t moved = 0;
  for (const auto project : (*file)->projects()) {
    auto of_project = move_all(project, **file, to);
    if (!of_project) return of_project.error();
    moved += *of_project;
  }
  file->reset();
  if (auto gone = files.remove(folder / QuarantineFile::kFileName); !gone) return gone.error();
  if (auto synced = files.sync_folder(folder); !synced) return synced.error();
  return moved;
}

}  // namespace tidemark::quarantine
