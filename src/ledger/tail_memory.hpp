#pragma once

/// Memory for the tail, cut from large pieces that are used again.

#include <cstddef>
#include <memory>

namespace tidemark::ledger {

/// Everything in the tail comes and goes in commit order. With malloc, the commit thread faulted
/// in, cleared and gave back each page of 4 KiB one by one, which took a third of its time. Here a
/// piece is 16 huge pages, and is kept for the next use.
///
/// Threads:  one thread takes memory; any thread may release it.
/// Lifetime: a piece lives as long as anything that was taken from it, even after the TailMemory is
///           gone.
/// Cost:     pages are touched when they are first written. At most kSparesMax unused pieces are
///           kept, and no more than were in use at one time.
class TailMemory {
 public:
  static constexpr std::size_t kPieceBytes = std::size_t{32} << 20;
  /// 256 MiB: the size that the tail reaches before it is archived, unless the settings say
  /// otherwise.
  static constexpr std::size_t kSparesMax = 8;

  TailMemory();

  /// Room for `bytes`, aligned to 64 bytes; not zeroed.
  std::shared_ptr<std::byte[]> take(std::size_t bytes);

  /// The pieces that wait for their next use.
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
