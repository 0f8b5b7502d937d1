#include "http/limits/memory_budget.hpp"

#include <cassert>
#include <tuple>

#include "base/check.hpp"
#include "http/limits/rate_limit.hpp"

namespace tidemark::http {

bool MemoryBudget::take(Key key, std::size_t bytes, Asks how) {
  const std::lock_guard lock(mutex_);
  Share& share = addresses_[key];
  const std::size_t all = bytes_.load() + bytes;
  const std::size_t times = how == Asks::LittleRoom ? 3 : 1;
  const bool fits = all <= bytes_max_ && share.bytes + bytes <= times * (bytes_max_ - all);
  if (!fits && how != Asks::Anyway) {
    if (share.bytes == 0) addresses_.erase(key);
    return false;
  }
  share.bytes += bytes;
  bytes_ = all;
  assert(share.bytes <= bytes_.load());
  return true;
}

void MemoryBudget::give(Key key, std::size_t bytes) noexcept {
  const std::lock_guard lock(mutex_);
  const auto held = addresses_.find(key);
  TIDEMARK_CHECK(held != addresses_.end() && bytes <= held->second.bytes && bytes <= bytes_.load());
  bytes_ -= bytes;
  held->second.bytes -= bytes;
  if (held->second.bytes == 0) addresses_.erase(held);
}

bool MemoryBudget::join(Key thing, std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  Share& share = things_[thing];
  if (share.holders == 0) {
    if (bytes_.load() + bytes > bytes_max_) {
      things_.erase(thing);
      return false;
    }
    share.bytes = bytes;
    bytes_ += bytes;
  }
  share.holders += 1;
  return true;
}

void MemoryBudget::leave(Key thing) noexcept {
  const std::lock_guard lock(mutex_);
  const auto held = things_.find(thing);
  TIDEMARK_CHECK(held != things_.end() && held->second.holders > 0);
  if (--held->second.holders > 0) return;
  assert(held->second.bytes <= bytes_.load());
  bytes_ -= held->second.bytes;
  things_.erase(held);
}

MemoryBudget::Hold::Hold(MemoryBudget& budget, const Address& address)
    : budget_(&budget), key_(TokenBucket::key_of(address)) {}

MemoryBudget::Hold& MemoryBudget::Hold::operator=(Hold&& other) noexcept {
  if (this == &other) return *this;
  release();
  budget_ = std::exchange(other.budget_, nullptr);
  key_ = other.key_;
  bytes_ = std::exchange(other.bytes_, 0);
  shared_ = std::exchange(other.shared_, false);
  return *this;
}

bool MemoryBudget::Hold::resize(std::size_t bytes) {
  if (budget_ == nullptr || bytes == bytes_) return true;
  assert(!shared_ && "what is shared has one size");
  if (bytes < bytes_) {
    budget_->give(key_, bytes_ - bytes);
  } else {
    const auto asks = budget_->is_small(bytes) ? Asks::LittleRoom : Asks::Room;
    if (!budget_->take(key_, bytes - bytes_, asks)) return false;
  }
  bytes_ = bytes;
  return true;
}

void MemoryBudget::Hold::force(std::size_t bytes) {
  if (budget_ == nullptr || bytes <= bytes_) return;
  assert(!shared_ && "what is shared has one size");
  std::ignore = budget_->take(key_, bytes - bytes_, Asks::Anyway);
  bytes_ = bytes;
}

void MemoryBudget::Hold::tell_refused() noexcept {
  if (budget_ != nullptr) budget_->refused_ += 1;
}

bool MemoryBudget::Hold::share(const void* thing, std::size_t bytes) {
  if (budget_ == nullptr) return true;
  assert(thing != nullptr);
  release();
  const auto key = reinterpret_cast<Key>(thing);
  if (!budget_->join(key, bytes)) return false;
  key_ = key;
  bytes_ = bytes;
  shared_ = true;
  return true;
}

void MemoryBudget::Hold::release() noexcept {
  if (budget_ == nullptr || bytes_ == 0) return;
  if (shared_) {
    budget_->leave(key_);
  } else {
    budget_->give(key_, bytes_);
  }
  bytes_ = 0;
  shared_ = false;
}

}  // namespace tidemark::http
