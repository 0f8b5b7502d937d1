#pragma once

/// The quarantine of the embedded profile: in memory, and in one file of the data folder.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/keyed_hash.hpp"
#include "base/result.hpp"
#include "files/files.hpp"
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
  [[nodiscard]] base::Result<std::vector<QuarantinedEvent>> list(std::uint64_t after,
                                                                 std::size_t limit) const override;
  base::Result<std::size_t> remove(std::span<const std::uint64_t> ids) override;
  base::Result<std::size_t> remove_source(std::string_view source) override;
  [[nodiscard]] Figures figures() const override;
  [[nodiscard]] DroppedBySource dropped_by_source() const override;

 private:
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
  base::Result<std::size_t> remove_locked(std::span<const std::uint64_t> ids);
  void drop_oldest_while_over();
  [[nodiscard]] bool is_over() const;
  [[nodiscard]] bool rows_are_too_many() const;

  files::Files& files_;
  files::Files::Path folder_;
  Bounds bounds_;

  mutable std::mutex mutex_;  // guards the rest
  std::deque<QuarantinedEvent> events_;
  /// Hashes of the rows of files; see add_rows.
  std::unordered_set<std::uint64_t, base::KeyedHash> rows_;
  std::size_t bytes_ = 0;
  std::size_t rows_count_ = 0;  // number of rows of files
  std::size_t rows_bytes_ = 0;
  std::uint64_t next_id_ = 1;
  std::uint64_t dropped_ = 0;
  std::uint64_t dropping_ = 0;  // these are still in events_, but not counted anywhere
  DroppedBySource dropped_by_source_;
  std::uint64_t damaged_ = 0;
  std::unique_ptr<files::File> file_;
  std::uint64_t file_bytes_ = 0;
};

}  // namespace tidemark::quarantine
