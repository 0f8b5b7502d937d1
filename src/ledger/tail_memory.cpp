#include "ledger/tail_memory.hpp"

#include <cassert>
#include <mutex>
#include <new>
#include <vector>

#include <sys/mman.h>

namespace tidemark::ledger {
namespace {

constexpr std::size_t kHugePageBytes = std::size_t{2} << 20;
constexpr std::align_val_t kPieceAlignment{kHugePageBytes};
constexpr std::size_t kAlignment = 64;
static_assert(TailMemory::kPieceBytes % kHugePageBytes == 0 && kHugePageBytes % kAlignment == 0);

std::size_t round_up(std::size_t bytes, std::size_t step) {
  return (bytes + step - 1) / step * step;
}

std::byte* make_piece(std::size_t bytes) {
  auto* const piece = static_cast<std::byte*>(::operator new(bytes, kPieceAlignment));
  // A wish: a system without huge pages gives small ones.
  (void)madvise(piece, bytes, MADV_HUGEPAGE);
  return piece;
}

void free_piece(std::byte* piece) { ::operator delete(piece, kPieceAlignment); }

}  // namespace

/// Pieces of kPieceBytes. Threads: any.
class TailMemory::Spares {
 public:
  Spares() { pieces_.reserve(kSparesMax); }
  ~Spares() {
    for (auto* const piece : pieces_) free_piece(piece);
  }
  Spares(const Spares&) = delete;
  Spares& operator=(const Spares&) = delete;

  std::byte* take() {
    {
      const std::lock_guard lock(mutex_);
      if (!pieces_.empty()) {
        auto* const piece = pieces_.back();
        pieces_.pop_back();
        return piece;
      }
    }
    return make_piece(kPieceBytes);
  }
  void give_back(std::byte* piece) {
    assert(piece != nullptr);
    {
      const std::lock_guard lock(mutex_);
      if (pieces_.size() < kSparesMax) {
        pieces_.push_back(piece);
        return;
      }
    }
    free_piece(piece);
  }
  [[nodiscard]] std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return pieces_.size();
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::byte*> pieces_;
};

TailMemory::TailMemory() : spares_(std::make_shared<Spares>()) {}

std::size_t TailMemory::spares() const { return spares_->size(); }

std::shared_ptr<std::byte[]> TailMemory::take(std::size_t bytes) {
  const std::size_t needed = round_up(bytes, kAlignment);
  assert(used_ <= piece_bytes_);
  if (piece_bytes_ - used_ < needed) begin_piece(needed);
  assert(used_ % kAlignment == 0 && piece_bytes_ - used_ >= needed);
  std::shared_ptr<std::byte[]> taken(piece_, piece_.get() + used_);
  used_ += needed;
  return taken;
}

void TailMemory::begin_piece(std::size_t bytes) {
  used_ = 0;
  assert(bytes > 0 && bytes % kAlignment == 0);
  if (bytes > kPieceBytes) {
    piece_bytes_ = round_up(bytes, kHugePageBytes);
    piece_.reset(make_piece(piece_bytes_), free_piece);
    return;
  }
  piece_.reset();  // if it has no other holder, it is the next one
  piece_bytes_ = kPieceBytes;
  piece_.reset(spares_->take(), [spares = spares_](std::byte* piece) { spares->give_back(piece); });
}

}  // namespace tidemark::ledger
