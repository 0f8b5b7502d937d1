#include "ledger/tail_memory.hpp"

#include <algorithm>
#include <new>

#include <sys/mman.h>

namespace tidemark::ledger {
namespace {

constexpr std::size_t kHugePageBytes = std::size_t{2} << 20;
constexpr std::align_val_t kPieceAlignment{kHugePageBytes};
/// Larger than what glibc ever keeps for later (DEFAULT_MMAP_THRESHOLD_MAX is 32 MiB, and the
/// alignment is asked for on top), so that a piece that nobody needs is given back at once.
constexpr std::size_t kPieceBytes = std::size_t{32} << 20;
constexpr std::size_t kAlignment = 64;

std::size_t round_up(std::size_t bytes, std::size_t step) {
  return (bytes + step - 1) / step * step;
}

std::shared_ptr<std::byte[]> make_piece(std::size_t bytes) {
  auto* const piece = static_cast<std::byte*>(::operator new(bytes, kPieceAlignment));
  // A wish: a system without huge pages gives small ones.
  (void)madvise(piece, bytes, MADV_HUGEPAGE);
  return {piece, [](std::byte* at) { ::operator delete(at, kPieceAlignment); }};
}

}  // namespace

std::shared_ptr<std::byte[]> TailMemory::take(std::size_t bytes) {
  const std::size_t needed = round_up(bytes, kAlignment);
  if (piece_bytes_ - used_ < needed) {
    piece_bytes_ = round_up(std::max(needed, kPieceBytes), kHugePageBytes);
    piece_ = make_piece(piece_bytes_);
    used_ = 0;
  }
  std::shared_ptr<std::byte[]> taken(piece_, piece_.get() + used_);
  used_ += needed;
  return taken;
}

}  // namespace tidemark::ledger
