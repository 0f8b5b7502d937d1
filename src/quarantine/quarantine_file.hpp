#pragma once

/// The quarantine of the embedded profile: in memory, and in one file of the data folder.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "files/files.hpp"
#include "quarantine/holdings.hpp"
#include "quarantine/quarantine.hpp"

namespace tidemark::quarantine {

/// Promise:  a power cut may cost the last moments, and may damage what is being written:
///           everything readable around the damage is kept, and the log tells how much was
///           unreadable. A file of another kind or version is put aside and a new one begun.
///           docs/formats/quarantine.md describes the file.
/// Errors:   Unavailable if the file cannot be written; the event is then kept in memory. If that
///           happens at the opening, the quarantine opens all the same.
class QuarantineFile final : public Quarantine {
 public:
  static constexpr std::string_view kFileName = "quarantine.log";

  /// Opens `folder`/quarantine.log, or makes it if it is missing.
  static base::Result<std::unique_ptr<QuarantineFile>> open(files::Files& files,
                                                            files::Files::Path folder,
                                                            Bounds bounds);

  base::Status add(std::vector<QuarantinedEvent> events) override;
  base::Result<std::size_t> add_rows(std::vector<QuarantinedEvent> rows) override;
  /// Cannot fail.
  [[nodiscard]] base::Result<std::vector<QuarantinedEvent>> list(event::ProjectId project,
                                                                 std::uint64_t after,
                                                                 std::size_t limit) const override;
  base::Result<std::size_t> remove(event::ProjectId project,
                                   std::span<const std::uint64_t> ids) override;
  base::Result<std::size_t> remove_source(event::ProjectId project,
                                          std::string_view source) override;
  [[nodiscard]] Figures figures() const override;
  [[nodiscard]] CountsBySource dropped_by_source(event::ProjectId project) const override;
  /// Those of which it keeps something.
  [[nodiscard]] std::set<event::ProjectId> projects() const;

 private:
  using RowKey = std::pair<event::ProjectId, std::uint64_t>;  // the project, and the row's hash

  QuarantineFile(files::Files& files, files::Files::Path folder, Bounds bounds);

  base::Status load();
  base::Status begin_file();
  void read_changes(std::string_view rest);
  base::Status append(std::string_view records);
  base::Status rewrite();
  base::Status rewrite_if_worthwhile();
  base::Status add_locked(std::vector<QuarantinedEvent> events);
  void keep(QuarantinedEvent event);
  void forget(const QuarantinedEvent& event);
  base::Result<std::size_t> remove_locked(event::ProjectId project,
                                          std::span<const std::uint64_t> ids);
  void drop_oldest_while_over();

  files::Files& files_;
  files::Files::Path folder_;
  Bounds bounds_;

  mutable std::mutex mutex_;  // guards the rest
  std::deque<QuarantinedEvent> events_;
  Holdings held_;          // what is in events_
  std::set<RowKey> rows_;  // rows of files; see add_rows
  std::uint64_t next_id_ = 1;
  std::uint64_t dropped_ = 0;
  DroppedBySource dropped_by_source_;
  std::uint64_t damaged_ = 0;
  std::unique_ptr<files::File> file_;
  std::uint64_t file_bytes_ = 0;
};

}  // namespace tidemark::quarantine
