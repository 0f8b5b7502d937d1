#pragma once

/// When a project's latest event happened: where its data ends.

#include <cstdint>
#include <mutex>
#include <optional>

#include "base/result.hpp"
#include "event/event.hpp"
#include "views/columnar/calculator.hpp"

namespace tidemark::views::columnar {

/// Remembers the answer for the archive's newest content; searches the tail each time.
///
/// Threads: any.
class LatestEvent {
 public:
  explicit LatestEvent(Calculator& calculator) : calculator_(calculator) {}

  /// Nothing for a project without events.
  base::Result<std::optional<event::Micros>> find(event::ProjectId project,
                                                  const query::Visible& visible,
                                                  const clients::duckdb::Stop& stop);

 private:
  using Found = std::optional<event::Micros>;

  base::Result<Found> in_archive(event::ProjectId project, const archive::Manifest& manifest,
                                 const clients::duckdb::Stop& stop);

  struct Known {
    std::uint64_t generation = 0;
    event::ProjectId project = event::ProjectId::Default;
    Found latest;
  };

  Calculator& calculator_;
  std::mutex mutex_;
  std::optional<Known> known_;
};

}  // namespace tidemark::views::columnar
