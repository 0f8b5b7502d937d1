#include "ledger/local/fresh_ids.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <utility>

#include "base/check.hpp"

namespace tidemark::ledger::local {

/// Up to a million ids: the hashes in order of sequence, and an open-addressing table of their
/// places. A slot is 11 bits of hash and 21 bits of place + 1, so that a look-up that finds nothing
/// reads one cache line and, once in some hundred times, a hash.
class FreshIds::Generation {
 public:
  static constexpr std::uint32_t kIdsMax = 1U << 20;

  explicit Generation(Sequence first) : first_(first), slots_(kSlotsMin) {}

  [[nodiscard]] Sequence first() const { return first_; }
  [[nodiscard]] Sequence end() const { return first_ + count_; }
  [[nodiscard]] bool full() const { return count_ == kIdsMax; }

  void prefetch(const IdHash& hash) const { __builtin_prefetch(&slots_[start_of(hash)]); }

  [[nodiscard]] Sequence find(const IdHash& hash) const {
    for (std::size_t at = start_of(hash); slots_[at] != kEmpty; at = next(at)) {
      if (tag_of(slots_[at]) != tag_of(hash)) continue;
      const IdHash* there = hash_at(place_of(slots_[at]));
      if (there != nullptr && *there == hash) return first_ + place_of(slots_[at]);
    }
    return kNoSequence;
  }

  /// The id must not be here.
  void append(const IdHash& hash) {
    assert(!full());
    if ((used_ + 1) * 4 > slots_.size() * 3) rebuild();
    auto& chunk = chunks_[count_ / kChunkIds];
    if (!chunk) chunk = std::make_unique_for_overwrite<IdHash[]>(kChunkIds);
    chunk[count_ % kChunkIds] = hash;
    enter(hash, count_++);
  }

  /// The table is then as if they had never come: they go in the reverse order of their coming.
  void forget_from(Sequence sequence) {
    assert(first_ <= sequence);
    while (end() > sequence) {
      --count_;
      const IdHash* hash = hash_at(count_);
      if (hash == nullptr) continue;
      std::size_t at = start_of(*hash);
      while (place_of(slots_[at]) != count_ || slots_[at] == kEmpty) at = next(at);
      assert(used_ > 0);
      slots_[at] = kEmpty;
      --used_;
    }
  }

  /// Frees the chunks that are wholly below; their slots stay until the table is made anew.
  void drop_below(Sequence sequence) {
    assert(first_ <= sequence);
    const auto chunks = std::min<std::uint64_t>((sequence - first_) / kChunkIds, chunks_.size());
    if (chunks <= chunks_dropped_) return;
    for (; chunks_dropped_ < chunks; ++chunks_dropped_) chunks_[chunks_dropped_].reset();
    if (slots_for(alive()) < slots_.size()) rebuild();
  }

  [[nodiscard]] std::size_t memory_bytes() const {
    const auto chunks = std::count_if(chunks_.begin(), chunks_.end(),
                                      [](const auto& chunk) { return chunk != nullptr; });
    return sizeof(Generation) + slots_.capacity() * sizeof(slots_[0]) +
           static_cast<std::size_t>(chunks) * kChunkIds * sizeof(IdHash);
  }

 private:
  static constexpr std::uint32_t kEmpty = 0;
  static constexpr std::size_t kChunkIds = 65'536;
  static constexpr std::size_t kSlotsMin = 16'384;
  static constexpr unsigned kPlaceBits = 21;
  static_assert(kIdsMax < 1U << kPlaceBits);

  static std::uint32_t tag_of(const IdHash& hash) {
    return static_cast<std::uint32_t>(hash.low >> (32 + kPlaceBits));
  }
  static std::uint32_t tag_of(std::uint32_t slot) { return slot >> kPlaceBits; }
  static std::uint32_t place_of(std::uint32_t slot) {
    return (slot & ((1U << kPlaceBits) - 1)) - 1;
  }

  /// At most three quarters full, with room for one more.
  static std::size_t slots_for(std::size_t ids) {
    return std::max(kSlotsMin, std::bit_ceil((ids + 1) * 4 / 3 + 1));
  }

  [[nodiscard]] std::size_t start_of(const IdHash& hash) const {
    return hash.low & (slots_.size() - 1);
  }
  [[nodiscard]] std::size_t next(std::size_t at) const { return (at + 1) & (slots_.size() - 1); }
  [[nodiscard]] const IdHash* hash_at(std::uint32_t place) const {
    assert(place < kIdsMax);
    const auto& chunk = chunks_[place / kChunkIds];
    return chunk ? &chunk[place % kChunkIds] : nullptr;
  }
  [[nodiscard]] std::size_t alive() const {
    return count_ - std::min<std::size_t>(count_, chunks_dropped_ * kChunkIds);
  }

  void enter(const IdHash& hash, std::uint32_t place) {
    assert(place < kIdsMax && used_ < slots_.size());
    std::size_t at = start_of(hash);
    while (slots_[at] != kEmpty) at = next(at);
    slots_[at] = (tag_of(hash) << kPlaceBits) | (place + 1);
    ++used_;
  }

  /// Makes the table anew, without the ids that were dropped, in the order of their coming.
  void rebuild() {
    slots_ = std::vector<std::uint32_t>();
    slots_ = std::vector<std::uint32_t>(slots_for(alive()));
    assert(std::has_single_bit(slots_.size()));
    used_ = 0;
    for (auto place = static_cast<std::uint32_t>(chunks_dropped_ * kChunkIds); place < count_;
         ++place) {
      const IdHash* hash = hash_at(place);
      assert(hash != nullptr && "only chunks below this one were dropped");
      enter(*hash, place);
    }
  }

  Sequence first_;
  std::uint32_t count_ = 0;  // ids that came, dropped ones too
  std::size_t chunks_dropped_ = 0;
  std::size_t used_ = 0;  // slots that are not empty
  std::vector<std::uint32_t> slots_;
  std::array<std::unique_ptr<IdHash[]>, kIdsMax / kChunkIds> chunks_;
};

FreshIds::FreshIds(Sequence begin) : begin_(begin), end_(begin) {}
FreshIds::~FreshIds() = default;

void FreshIds::prefetch(const IdHash& hash) const {
  for (const auto& generation : generations_) generation->prefetch(hash);
}

Sequence FreshIds::find(const IdHash& hash) const {
  for (const auto& generation : generations_) {
    const Sequence found = generation->find(hash);
    if (found != kNoSequence) return found;
  }
  return kNoSequence;
}

Sequence FreshIds::reserve(const IdHash& hash, Sequence sequence) {
  TIDEMARK_CHECK(sequence == end_);
  const Sequence found = find(hash);
  if (found != kNoSequence) return found;
  if (generations_.empty() || generations_.back()->full()) {
    generations_.push_back(std::make_unique<Generation>(end_));
  }
  generations_.back()->append(hash);
  ++end_;
  assert(generations_.back()->end() == end_);
  return kNoSequence;
}

void FreshIds::forget_from(Sequence sequence) {
  TIDEMARK_CHECK(begin_ <= sequence && sequence <= end_);
  while (!generations_.empty() && generations_.back()->first() >= sequence) {
    generations_.pop_back();
  }
  if (!generations_.empty()) generations_.back()->forget_from(sequence);
  end_ = sequence;
  assert(generations_.empty() || generations_.back()->end() == end_);
}

void FreshIds::drop_below(Sequence sequence) {
  if (sequence <= begin_) return;
  TIDEMARK_CHECK(sequence <= end_);
  assert(generations_.empty() || generations_.front()->first() <= begin_);
  while (!generations_.empty() && generations_.front()->end() <= sequence) {
    generations_.pop_front();
  }
  if (!generations_.empty()) generations_.front()->drop_below(sequence);
  begin_ = sequence;
}

std::size_t FreshIds::memory_bytes() const {
  std::size_t bytes = sizeof(FreshIds);
  for (const auto& generation : generations_) bytes += generation->memory_bytes();
  return bytes;
}

}  // namespace tidemark::ledger::local
