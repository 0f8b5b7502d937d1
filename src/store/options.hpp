#pragma once

/// The bounds of a store as plain values, set by code that reads the settings.

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace tidemark::store {

/// Bytes unless the name says otherwise. Defaults are those of the settings with the same names.
struct Options {
  std::uint64_t disk_free_bytes_min = std::uint64_t{64} << 20;

  std::uint64_t journal_segment_bytes = std::uint64_t{64} << 20;
  std::size_t in_flight_bytes_max = std::size_t{128} << 20;
  std::size_t tail_bytes_max = std::size_t{768} << 20;

  std::uint64_t archive_events = 1'000'000;
  std::size_t archive_bytes = std::size_t{256} << 20;
  std::uint64_t archive_writer_memory = std::uint64_t{256} << 20;
  std::uint64_t archive_reader_memory = std::uint64_t{512} << 20;
  std::chrono::seconds archive_check{std::chrono::hours(24 * 7)};  ///< zero: no check
  std::uint64_t snapshot_events = 4'000'000;

  std::size_t rollup_memory_max = std::size_t{1'200} << 20;
  std::size_t rollup_project_memory_max = 0;  ///< of each project; 0: no bound of its own
  std::size_t zone_sets_max = 8;
  std::chrono::seconds zone_build_max{10};

  std::uint64_t columnar_memory_max = std::uint64_t{2} << 30;
  unsigned columnar_threads = 2;
  int scan_nice = 10;             ///< niceness of DuckDB's threads: 0 to 19, the least important
  std::size_t scans_max = 16;     ///< begun and not ended at one time
  std::size_t scans_working = 2;  ///< of these, at work at one time

  std::size_t live_listeners_max = 2'000;
  std::size_t live_bytes_max = std::size_t{64} << 20;
  std::chrono::seconds live_heartbeat{15};
};

}  // namespace tidemark::store
