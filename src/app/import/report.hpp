#pragma once

/// The report of an import for a person: bad rows by file and line, conflicts, progress, the
/// summary.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tidemark::app {

/// Each row that was read counts as one of the other four.
struct ImportCounts {
  std::uint64_t read = 0;
  std::uint64_t accepted = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t conflicts = 0;  ///< another event has the row's id
  std::uint64_t rejected = 0;
};

/// Writes to standard error while it goes on, and the summary to standard output.
///
/// Threads: one.
class ImportReport {
 public:
  ImportCounts& counts() { return counts_; }

  /// What follows belongs to this file.
  void begin_file(const std::string& name);
  /// Reports a fault of a row: the first of its kind is written at once, equal ones are counted.
  void fault(std::uint64_t line, std::string_view field, std::string_view message);
  /// The row at `line` has another content than the event with its id.
  void conflict(std::uint64_t line, std::string_view event_id);
  /// Writes the counts of the file, and `where` its bad rows are, unless that is empty.
  void end_file(std::string_view where);

  void show_progress(bool end);
  void print_summary(bool as_json, bool dry_run) const;

 private:
  /// Faults that differ only in what was received.
  struct Kind {
    std::string told;
    std::uint64_t count = 0;
    std::vector<std::uint64_t> lines;  // the first of the lines
  };

  void line_of(std::uint64_t line, std::string_view text) const;

  std::string name_;
  ImportCounts counts_;
  std::unordered_map<std::string, std::size_t> kind_of_;
  std::vector<Kind> kinds_;
  std::uint64_t of_other_kinds_ = 0;
  std::uint64_t conflicts_of_file_ = 0;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point shown_{};
};

}  // namespace tidemark::app
