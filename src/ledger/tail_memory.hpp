#pragma once

/// Memory for what the tail keeps, cut from large pieces that are used again.

#include <cstddef>
#include <memory>

namespace tidemark::ledger {

/// Everything in the tail comes and goes in the order of commits. Taken from malloc, each of its
/// pages of 4 KiB was faulted in, cleared and given back one by one by the commit thread: a third
/// of that thread's time. Here a piece is 16 huge pages, and is kept for the next use.
///
/// Threads:  one thread takes; what was taken may be let go of by any.
/// Lifetime: a piece lives as long as anything that was taken from it, the memory aside.
/// Cost:     pages are touched when they are first written. At most kSparesMax pieces that nobody
///           uses are kept, and no more than were in use at one time.
class TailMemory {
 public:
  static constexpr std::size_t kPieceBytes = std::size_t{32} << 20;
  /// 256 MiB: what the tail grows to before it is archived, unless the settings say otherwise.
  static constexpr std::size_t kSparesMax = 8;

  TailMemory();

  /// Room for `bytes`, aligned to 64 bytes; not zeroed.
  std::shared_ptr<std::byte[]> take(std::size_t bytes);

  /// Pieces that wait for their next use.
  [[nodiscard]] std::size_t spares() const;

 private:
  class Spares;

  void begin_piece(std::size_t bytes);

  std::shared_ptr<Spares> spares_;
  std::shared_ptr<std::byte[]> piece_;
  std::size_t piece_bytes_ = 0;
  std::size_t used_ = 0;
};

}  // namespace tidemark::ledger
