#include "ledger/local/fuse_filter.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cmath>
#include <utility>

namespace tidemark::ledger::local {
namespace {

constexpr int kAttemptsMax = 100;  // each succeeds in far more than half of the cases
constexpr std::uint32_t kSegmentLengthMax = 1U << 18;

/// The sizes that Graf and Lemire found to work: less than 1.125 fails, small filters need more.
FuseShape shape_for(std::size_t keys) {
  assert(keys > 0);
  const double logarithm = std::log(static_cast<double>(keys));
  FuseShape shape;
  shape.kind = FuseShape::Kind::Fuse;
  shape.segment_length =
      keys < 2 ? 4
               : std::min(kSegmentLengthMax,
                          1U << static_cast<int>(std::floor(logarithm / std::log(3.33) + 2.25)));
  const double factor = keys < 2 ? 2 : std::max(1.125, 0.875 + 0.25 * std::log(1e6) / logarithm);
  const auto capacity = static_cast<std::uint64_t>(std::round(static_cast<double>(keys) * factor));
  const std::uint64_t segments = (capacity + shape.segment_length - 1) / shape.segment_length;
  const std::uint64_t starts = segments > 2 ? segments - 2 : 1;
  shape.segments_span = static_cast<std::uint32_t>(starts * shape.segment_length);
  assert(std::has_single_bit(shape.segment_length));
  assert(std::in_range<std::uint32_t>(starts * shape.segment_length));
  return shape;
}

std::array<std::uint32_t, 5> cyclic(const FuseSlots& slots) {
  return {slots.a, slots.b, slots.c, slots.a, slots.b};
}

}  // namespace

FuseShape FuseBuilder::build(std::vector<std::uint64_t>& keys, std::vector<std::uint16_t>& prints) {
  FuseShape shape;
  assert(std::in_range<std::uint32_t>(prints.size()));
  shape.begin = static_cast<std::uint32_t>(prints.size());
  if (keys.empty()) return shape;

  std::uint64_t seed = 0x726B2B9D438B9D4D;
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    if (attempt == 1) {  // a key that is there twice can never be peeled
      std::sort(keys.begin(), keys.end());
      keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    }
    FuseShape trial = shape_for(keys.size());
    trial.begin = shape.begin;
    trial.seed = seed;
    prints.resize(shape.begin + trial.size());
    if (try_to_build(trial, keys, std::span(prints).subspan(shape.begin))) return trial;
    seed = mixed(seed + 0x9E3779B97F4A7C15);
  }
  prints.resize(shape.begin);
  shape.kind = FuseShape::Kind::Open;  // slow, and still right
  return shape;
}

bool FuseBuilder::try_to_build(const FuseShape& shape, std::span<const std::uint64_t> keys,
                               std::span<std::uint16_t> prints) {
  assert(prints.size() == shape.size());
  order_by_place(shape, keys);
  if (!count_places(shape, prints.size())) return false;
  if (peel(shape) != keys.size()) return false;
  assign(shape, prints);
  return true;
}

/// Puts the hashes into `order_` roughly by their first place, so that the memory that is touched
/// next was touched just before.
void FuseBuilder::order_by_place(const FuseShape& shape, std::span<const std::uint64_t> keys) {
  const auto block_bits =
      static_cast<int>(std::bit_width(shape.segments_span / shape.segment_length));
  assert(block_bits > 0 && block_bits < 64);
  order_.resize(keys.size());
  positions_.assign((std::size_t{1} << block_bits) + 1, 0);
  for (const std::uint64_t key : keys) {
    ++positions_[(mixed(key + shape.seed) >> (64 - block_bits)) + 1];
  }
  for (std::size_t i = 1; i < positions_.size(); ++i) positions_[i] += positions_[i - 1];
  for (const std::uint64_t key : keys) {
    const std::uint64_t hash = mixed(key + shape.seed);
    order_[positions_[hash >> (64 - block_bits)]++] = hash;
  }
}

/// False when 64 hashes met in one place, more than a count holds.
bool FuseBuilder::count_places(const FuseShape& shape, std::size_t places) {
  assert(places == shape.size());
  xor_.assign(places, 0);
  count_.assign(places, 0);
  bool fits = true;
  for (const std::uint64_t hash : order_) {
    const auto places_of = cyclic(slots_of_hash(shape, hash));
    for (std::uint8_t which = 0; which < 3; ++which) {
      assert(places_of[which] < places);
      std::uint8_t& count = count_[places_of[which]];
      count = static_cast<std::uint8_t>((count + 4) ^ which);
      xor_[places_of[which]] ^= hash;
      fits &= count >= 4;
    }
  }
  return fits;
}

/// Takes away, as long as there is one, a hash that is alone in a place. Returns how many.
std::size_t FuseBuilder::peel(const FuseShape& shape) {
  which_.resize(order_.size());
  alone_.resize(count_.size() + 1);  // the one beyond is written to and never read
  std::size_t waiting = 0;
  for (std::uint32_t place = 0; place < count_.size(); ++place) {
    assert(waiting < alone_.size());
    alone_[waiting] = place;
    waiting += (count_[place] >> 2) == 1 ? 1 : 0;
  }
  std::size_t peeled = 0;
  while (waiting > 0) {
    const std::uint32_t place = alone_[--waiting];
    if ((count_[place] >> 2) != 1) continue;
    const std::uint64_t hash = xor_[place];
    assert(peeled < order_.size());
    const auto found = static_cast<std::uint8_t>(count_[place] & 3);
    const auto places_of = cyclic(slots_of_hash(shape, hash));
    which_[peeled] = found;
    order_[peeled++] = hash;
    for (std::uint8_t step = 1; step <= 2; ++step) {
      const std::uint32_t other = places_of[found + step];
      assert(other < count_.size() && waiting < alone_.size());
      alone_[waiting] = other;
      waiting += (count_[other] >> 2) == 2 ? 1 : 0;
      const int which = (found + step) % 3;
      count_[other] = static_cast<std::uint8_t>((count_[other] - 4) ^ which);
      xor_[other] ^= hash;
    }
  }
  return peeled;
}

/// Sets the fingerprints, the last peeled hash first: no other hash uses its place yet.
void FuseBuilder::assign(const FuseShape& shape, std::span<std::uint16_t> prints) const {
  assert(which_.size() == order_.size());
  std::fill(prints.begin(), prints.end(), std::uint16_t{0});
  for (std::size_t i = order_.size(); i-- > 0;) {
    const FuseSlots slots = slots_of_hash(shape, order_[i]);
    const auto places_of = cyclic(slots);
    const std::uint8_t found = which_[i];
    prints[places_of[found]] = static_cast<std::uint16_t>(
        slots.print ^ prints[places_of[found + 1]] ^ prints[places_of[found + 2]]);
  }
}

}  // namespace tidemark::ledger::local
