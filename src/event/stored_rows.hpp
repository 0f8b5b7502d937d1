#pragma once

/// Rows that the ledger has taken, in commit order, with their projects.

#include <cassert>
#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "base/result.hpp"
#include "event/event.hpp"

namespace tidemark::event {

/// Rows of one project, by rising sequence: without gaps when committed, with gaps where events
/// were removed later. A view: the code that gives it says how long it is valid.
struct ProjectRows {
  ProjectId project;
  std::span<const StoredRow> rows;
};

/// Takes what was committed piece by piece, in order; an error ends the reading and is returned.
using RowVisitor = std::function<base::Status(const ProjectRows& piece)>;

/// Rows in their own memory, by rising sequence, of any projects. What the rows point into belongs
/// to another owner.
class StoredRows {
 public:
  void add(ProjectId project, const StoredRow& row) {
    assert(rows_.empty() || rows_.back().sequence <= row.sequence);
    if (runs_.empty() || runs_.back().project != project) runs_.push_back({project, rows_.size()});
    rows_.push_back(row);
  }
  void reserve(std::size_t rows) { rows_.reserve(rows); }
  /// Keeps the memory.
  void clear() {
    rows_.clear();
    runs_.clear();
  }

  [[nodiscard]] std::size_t size() const { return rows_.size(); }
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  /// The rows of all projects; `encode` makes them point to where it has written them.
  [[nodiscard]] std::span<StoredRow> rows() { return rows_; }
  [[nodiscard]] std::span<const StoredRow> rows() const { return rows_; }

  /// As few pieces as possible, in order; valid until the rows change.
  [[nodiscard]] std::vector<ProjectRows> pieces() const;

 private:
  struct Run {
    ProjectId project;
    std::size_t begin;  // it ends where the next one begins
  };
  std::vector<StoredRow> rows_;
  std::vector<Run> runs_;
};

}  // namespace tidemark::event
