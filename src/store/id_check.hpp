#pragma once

/// Reads the runs of ids in the background, to find a damaged one and make it anew before it is
/// needed.

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

/// A start reads an index up to this size before the port opens: 12 million ids, some tenths of a
/// second. A larger index is read afterwards.
inline constexpr std::uint64_t kIdsCheckedAtStartBytes = std::uint64_t{256} << 20;

std::uint64_t bytes_of(std::span<const archive::RunFile> runs);

/// Reads each run, and again a day later.
///
/// Errors:   a run that cannot be read is logged; a damaged run goes to `repair`.
/// Threads:  one of its own, of low priority.
/// Lifetime: `ids` must outlive it.
/// Cost:     reads 64 MiB a second from the disk.
class IdCheck {
 public:
  /// Makes these runs anew and puts them into use; the thread calls it.
  using Repair = std::function<base::Status(const std::vector<ledger::local::BrokenRun>&)>;

  struct Options {
    bool at_once = true;  ///< false: all runs have just been read
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
