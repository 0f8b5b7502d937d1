#pragma once

/// Reads the runs of ids in the background, so that a damaged one is found and made anew before it
/// is needed.

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <thread>
#include <vector>

#include "archive/run_file.hpp"
#include "base/result.hpp"
#include "ledger/local/id_index.hpp"

namespace tidemark::store {

/// So much of the index is read at a start, before the port opens: 12 million ids, some tenths of a
/// second. What is larger is read afterwards.
inline constexpr std::uint64_t kIdsCheckedAtStartBytes = std::uint64_t{256} << 20;

std::uint64_t bytes_of(std::span<const archive::RunFile> runs);

/// Reads each run, and again a day later.
///
/// Errors:   what cannot be read is told in the log; a damaged run is handed to `repair`.
/// Threads:  one of its own, of low priority.
/// Lifetime: `ids` must outlive it.
/// Cost:     64 MiB a second of the disk.
class IdCheck {
 public:
  /// Makes these anew and has them used; called from the thread.
  using Repair = std::function<base::Status(const std::vector<ledger::local::BrokenRun>&)>;

  struct Options {
    bool at_once = true;  ///< false: all of it has just been read
    std::chrono::milliseconds again_after = std::chrono::hours(24);
  };

  IdCheck(const ledger::local::IdIndex& ids, Options options, Repair repair);
  ~IdCheck();
  IdCheck(const IdCheck&) = delete;
  IdCheck& operator=(const IdCheck&) = delete;

 private:
  std::jthread thread_;
};

}  // namespace tidemark::store
