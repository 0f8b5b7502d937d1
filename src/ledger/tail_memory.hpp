#pragma once

/// Memory for what the tail keeps, cut from large pieces that the system backs with huge pages.

#include <cstddef>
#include <memory>

namespace tidemark::ledger {

/// Everything in the tail comes and goes in the order of commits. Taken from malloc, each of its
/// pages of 4 KiB was faulted in and given back one by one by the commit thread, a third of that
/// thread's time; a piece of 32 MiB takes 16 faults and one return.
///
/// Threads:  one thread takes; what was taken may be let go of by any.
/// Lifetime: a piece lives as long as anything that was taken from it, the memory aside.
/// Cost:     pages are touched when they are first written; of a piece that is not full at most
///           one huge page is touched in vain.
class TailMemory {
 public:
  /// Room for `bytes`, aligned to 64 bytes; not zeroed.
  std::shared_ptr<std::byte[]> take(std::size_t bytes);

 private:
  std::shared_ptr<std::byte[]> piece_;
  std::size_t piece_bytes_ = 0;
  std::size_t used_ = 0;
};

}  // namespace tidemark::ledger
