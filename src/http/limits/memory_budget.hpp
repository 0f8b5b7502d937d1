#pragma once

/// Memory that the server holds for clients: a bound for all of it, and a share for each address.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <utility>

#include "http/address.hpp"

namespace tidemark::http {

/// Counts bytes; allocates nothing itself.
///
/// Promise: never more than `bytes_max` at once, except for what `Hold::force` counts. An address
///          gets no more than it leaves free: alone it may hold half, beside another that does the
///          same a third, so that no address can fill the budget. A small amount (a thousandth of
///          the budget) is still given until three quarters are held, so that a client behind the
///          same address as a greedy one is not shut out with it.
/// Threads: any.
/// Cost:    a lock and a look-up among the addresses that hold something now.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::size_t bytes_max) : bytes_max_(bytes_max) {}
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  class Hold;

  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_.load(); }
  [[nodiscard]] std::size_t bytes_max() const noexcept { return bytes_max_; }
  /// How often a request was refused because there was no room.
  [[nodiscard]] std::uint64_t refused() const noexcept { return refused_.load(); }
  /// More than a quarter is held: an idle holder should be ended.
  [[nodiscard]] bool pressed() const noexcept { return bytes_.load() > bytes_max_ / 4; }
  /// So little that an address gets it in addition to all that it holds.
  [[nodiscard]] bool is_small(std::size_t bytes) const noexcept {
    return bytes <= bytes_max_ / 1'024;
  }

 private:
  using Key = std::uint64_t;
  enum class Asks : std::uint8_t { Room, LittleRoom, Anyway };
  /// The bytes of one address, or the number of holders of a shared thing.
  struct Share {
    std::size_t bytes = 0;
    std::size_t holders = 0;
  };

  bool take(Key key, std::size_t bytes, Asks how);
  void give(Key key, std::size_t bytes) noexcept;
  bool join(Key thing, std::size_t bytes);
  void leave(Key thing) noexcept;

  const std::size_t bytes_max_;
  std::mutex mutex_;
  std::map<Key, Share> addresses_;  // the addresses that hold something now
  std::map<Key, Share> things_;     // things that exist once and may have several holders
  std::atomic<std::size_t> bytes_{0};
  std::atomic<std::uint64_t> refused_{0};
};

/// What one request or answer holds of a budget; it is given back at the end.
///
/// Lifetime: the budget must outlive it.
/// Threads:  one at a time.
class MemoryBudget::Hold {
 public:
  Hold() = default;
  Hold(MemoryBudget& budget, const Address& address);
  Hold(Hold&& other) noexcept
      : budget_(std::exchange(other.budget_, nullptr)),
        key_(other.key_),
        bytes_(std::exchange(other.bytes_, 0)),
        shared_(std::exchange(other.shared_, false)) {}
  Hold& operator=(Hold&& other) noexcept;
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;
  ~Hold() { release(); }

  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

  /// Holds that many bytes from now on. False: there is no room, and it holds as much as before. A
  /// smaller amount is always given. Without a budget nothing is counted.
  [[nodiscard]] bool resize(std::size_t bytes);
  /// As `resize`, but always succeeds: for requests that must be answered.
  void force(std::size_t bytes);
  /// Counts a refusal of its owner, for `MemoryBudget::refused`.
  void tell_refused() noexcept;
  /// Holds a thing that has other holders too: it counts once, and for no address.
  [[nodiscard]] bool share(const void* thing, std::size_t bytes);
  void release() noexcept;

 private:
  MemoryBudget* budget_ = nullptr;
  Key key_ = 0;
  std::size_t bytes_ = 0;
  bool shared_ = false;
};

}  // namespace tidemark::http
