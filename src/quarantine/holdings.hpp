#pragma once

/// Counts what a quarantine keeps of each project, and says whose oldest event goes when it is
/// full.

#include <cstddef>
#include <map>
#include <optional>

#include "event/event.hpp"
#include "quarantine/quarantine.hpp"

namespace tidemark::quarantine {

/// Threads:  one.
class Holdings {
 public:
  /// A number of events, and their bytes.
  struct Amount {
    std::size_t events = 0;
    std::size_t bytes = 0;
  };
  /// Rows of files, or what live senders sent, of a project.
  struct Side {
    event::ProjectId project = event::ProjectId::Default;
    bool rows = false;
    auto operator<=>(const Side&) const = default;
  };

  static Side side_of(const QuarantinedEvent& event) {
    return {.project = event.project, .rows = event.is_row()};
  }
  void add(Side side, Amount amount);
  /// Takes one event off, which must have been added.
  void take_off(Side side, std::size_t bytes);
  [[nodiscard]] const Amount& all() const { return all_; }

  /// Whose oldest event must go; nothing within the bounds. It is the project that holds most of
  /// what a bound is exceeded by, events before bytes, and of it the side that holds more; rows
  /// where both hold the same. So who holds less than an equal share of a bound loses nothing to
  /// the others.
  [[nodiscard]] std::optional<Side> giving(const Bounds& bounds) const;

 private:
  struct Project {
    Amount all;
    Amount rows;
  };
  Amount all_;
  std::map<event::ProjectId, Project> projects_;  // only those that hold something
};

}  // namespace tidemark::quarantine
