#include "views/rollup/dictionary.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <mutex>

#include "base/check.hpp"

namespace tidemark::views::rollup {
namespace {

constexpr std::size_t kFirstChunkBytes = 4'096;
constexpr std::size_t kChunkBytesMax = std::size_t{1} << 20;
constexpr std::size_t kFirstSlots = 16;

__extension__ using Wide = unsigned __int128;

std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  const Wide product = Wide{a} * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

template <class Word>
std::uint64_t read(const char* at) {
  Word word = 0;
  std::memcpy(&word, at, sizeof(word));
  return word;
}

std::uint16_t length_at(const char* stored) {
  return static_cast<std::uint16_t>(read<std::uint16_t>(stored));
}

}  // namespace

Dictionary::~Dictionary() {
  for (const Chunk& chunk : chunks_) MemoryGauge::subtract(chunk.size);
  MemoryGauge::subtract(pages_.size() * sizeof(Page));
}

// Products of 64 bits folded in two (as in wyhash), under a secret seed.
std::uint64_t Dictionary::hash(std::string_view key) const {
  constexpr std::uint64_t kOdd1 = 0xa0761d6478bd642f;
  constexpr std::uint64_t kOdd2 = 0xe7037ed1a0b428db;
  const char* at = key.data();
  std::size_t left = key.size();
  std::uint64_t state = seed_ ^ kOdd1;
  for (; left > 16; left -= 16, at += 16) {
    state = mix(read<std::uint64_t>(at) ^ kOdd2, read<std::uint64_t>(at + 8) ^ state);
  }
  std::uint64_t a = 0;
  std::uint64_t b = 0;
  if (left >= 8) {
    a = read<std::uint64_t>(at);
    b = read<std::uint64_t>(at + left - 8);
  } else if (left >= 4) {
    a = read<std::uint32_t>(at);
    b = read<std::uint32_t>(at + left - 4);
  } else if (left > 0) {
    a = (read<std::uint8_t>(at) << 16) | (read<std::uint8_t>(at + left / 2) << 8) |
        read<std::uint8_t>(at + left - 1);
  }
  return mix(kOdd1 ^ key.size(), mix(a ^ kOdd2, b ^ state));
}

bool Dictionary::equals(std::uint32_t ordinal, std::string_view key) const {
  const char* const at = stored(ordinal);
  return length_at(at) == key.size() && std::memcmp(at + 2, key.data(), key.size()) == 0;
}

std::uint32_t Dictionary::find_one(std::string_view key, std::uint64_t hashed) const {
  const Partition& partition = partition_of(hashed);
  if (partition.slots.empty()) return kAbsent;
  const auto tag = static_cast<std::uint32_t>(hashed);
  for (std::size_t at = partition.home(tag);;) {
    const Slot slot = partition.slots[at];
    if (slot == kFree) return kAbsent;
    const auto ordinal = static_cast<std::uint32_t>(slot);
    if (slot >> 32 == tag && equals(ordinal, key)) return ordinal;
    if (++at == partition.slots.size()) at = 0;
  }
}

// Three reads of memory follow on one another: slot, place of the string, string. For a batch each
// is asked for ahead, so that they are waited for together.
void Dictionary::find_some(std::span<const std::string_view> keys, const std::uint64_t* hashes,
                           std::uint32_t* ordinals) const {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const Partition& partition = partition_of(hashes[i]);
    if (partition.slots.empty()) continue;
    __builtin_prefetch(&partition.slots[partition.home(static_cast<std::uint32_t>(hashes[i]))]);
  }
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const Partition& partition = partition_of(hashes[i]);
    ordinals[i] = kAbsent;
    if (partition.slots.empty()) continue;
    const auto tag = static_cast<std::uint32_t>(hashes[i]);
    std::size_t at = partition.home(tag);
    while (partition.slots[at] != kFree && partition.slots[at] >> 32 != tag) {
      if (++at == partition.slots.size()) at = 0;
    }
    ordinals[i] = static_cast<std::uint32_t>(partition.slots[at]);  // kAbsent where it is free
    if (ordinals[i] == kAbsent) continue;
    __builtin_prefetch(&(*pages_[ordinals[i] / kNamesInPage])[ordinals[i] % kNamesInPage]);
  }
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (ordinals[i] != kAbsent) __builtin_prefetch(stored(ordinals[i]));
  }
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (ordinals[i] == kAbsent || equals(ordinals[i], keys[i])) continue;
    ordinals[i] = find_one(keys[i], hashes[i]);  // another string with the same 32 bits of hash
  }
}

void Dictionary::find(std::span<const std::string_view> keys, std::uint32_t* ordinals) const {
  TIDEMARK_CHECK(keys.size() <= kBatchMax);
  std::array<std::uint64_t, kBatchMax> hashes{};
  for (std::size_t i = 0; i < keys.size(); ++i) hashes[i] = hash(keys[i]);
  const std::shared_lock lock(mutex_);
  find_some(keys, hashes.data(), ordinals);
}

void Dictionary::find_or_add(std::span<const std::string_view> keys, std::uint32_t* ordinals) {
  TIDEMARK_CHECK(keys.size() <= kBatchMax);
  std::array<std::uint64_t, kBatchMax> hashes{};
  for (std::size_t i = 0; i < keys.size(); ++i) hashes[i] = hash(keys[i]);
  // Nobody else changes anything: reading needs no lock here.
  find_some(keys, hashes.data(), ordinals);
  const auto* const end = ordinals + keys.size();
  if (std::find(ordinals, ordinals + keys.size(), kAbsent) == end) return;

  const std::unique_lock lock(mutex_);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (ordinals[i] != kAbsent) continue;
    ordinals[i] = find_one(keys[i], hashes[i]);  // it may be twice in this batch
    if (ordinals[i] == kAbsent) ordinals[i] = add(keys[i], hashes[i]);
  }
}

std::uint32_t Dictionary::add(std::string_view key, std::uint64_t hashed) {
  const std::uint32_t ordinal = size_.load(std::memory_order_relaxed);
  TIDEMARK_CHECK(ordinal < kAbsent);
  if (ordinal % kNamesInPage == 0) {
    MemoryGauge::add(sizeof(Page));
    assert(pages_.size() == ordinal / kNamesInPage);
    pages_.push_back(std::make_unique<Page>());
  }
  (*pages_[ordinal / kNamesInPage])[ordinal % kNamesInPage] = store(key);

  Partition& partition = partitions_[hashed >> 58];
  if ((partition.used + std::size_t{1}) * 4 > partition.slots.size() * 3) grow(partition);
  assert(partition.used < partition.slots.size());
  insert(partition, (hashed << 32) | ordinal);
  ++partition.used;
  size_.store(ordinal + 1, std::memory_order_release);
  return ordinal;
}

void Dictionary::insert(Partition& partition, Slot slot) {
  assert(!partition.slots.empty());
  std::size_t at = partition.home(static_cast<std::uint32_t>(slot >> 32));
  while (partition.slots[at] != kFree) {
    if (++at == partition.slots.size()) at = 0;
  }
  partition.slots[at] = slot;
}

void Dictionary::grow(Partition& partition) {
  const std::size_t before = partition.slots.size();
  const auto old = std::exchange(partition.slots, {});
  partition.slots.assign(std::max(kFirstSlots, before + before / 3), kFree);
  for (const Slot slot : old) {
    if (slot != kFree) insert(partition, slot);
  }
}

const char* Dictionary::store(std::string_view key) {
  TIDEMARK_CHECK(key.size() <= 0xffff);
  const std::size_t needed = key.size() + 2;
  if (chunks_.empty() || chunks_.back().size - chunk_used_ < needed) {
    const std::size_t doubled = chunks_.empty() ? kFirstChunkBytes : chunks_.back().size * 2;
    const std::size_t size = std::max(needed, std::min(doubled, kChunkBytesMax));
    chunks_.push_back({.bytes = std::make_unique_for_overwrite<char[]>(size), .size = size});
    MemoryGauge::add(size);
    chunk_used_ = 0;
  }
  char* const at = chunks_.back().bytes.get() + chunk_used_;
  const auto length = static_cast<std::uint16_t>(key.size());
  std::memcpy(at, &length, sizeof(length));
  std::memcpy(at + sizeof(length), key.data(), key.size());
  chunk_used_ += needed;
  assert(chunk_used_ <= chunks_.back().size);
  return at;
}

std::vector<std::string_view> Dictionary::names(std::uint32_t first, std::uint32_t end) const {
  assert(first <= end && end <= size());
  std::vector<std::string_view> names;
  names.reserve(end - first);
  const std::shared_lock lock(mutex_);
  for (std::uint32_t ordinal = first; ordinal < end; ++ordinal) {
    const char* const at = stored(ordinal);
    names.emplace_back(at + 2, length_at(at));
  }
  return names;
}

}  // namespace tidemark::views::rollup
