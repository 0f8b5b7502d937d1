#pragma once

/// Memory that clients make the server hold: a bound for all of it, and a share for each address.

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
/// Promise: never more than `bytes_max` at once, but what `Hold::force` counts. An address gets no
///          more than it leaves free: alone it may hold half, beside another that does the same a
///          third, so that nobody can fill the budget for everybody else. What is small (a
///          thousandth of it) may go on to three quarters: whoever is behind the same address as a
///          client that takes all it gets is not shut out with it.
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
  /// How often somebody heard that there is no room.
  [[nodiscard]] std::uint64_t refused() const noexcept { return refused_.load(); }
  /// More than a quarter is held: whoever holds some and does nothing with it should go.
  [[nodiscard]] bool pressed() const noexcept { return bytes_.load() > bytes_max_ / 4; }
  /// So little that an address gets it beside all that it holds.
  [[nodiscard]] bool is_small(std::size_t bytes) const noexcept {
    return bytes <= bytes_max_ / 1'024;
  }

 private:
  using Key = std::uint64_t;
  enum class Asks : std::uint8_t { Room, LittleRoom, Anyway };
  /// What one address holds, or how many hold one thing that they share.
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
  std::map<Key, Share> addresses_;  // that hold something now
  std::map<Key, Share> things_;     // that several may hold and that are there once
  std::atomic<std::size_t> bytes_{0};
  std::atomic<std::uint64_t> refused_{0};
};

/// What one request or answer holds of a budget, given back at its end.
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

  /// Holds that many from now on. False: there is no room, and it holds what it held. Less is
  /// always given. Without a budget nothing is counted.
  [[nodiscard]] bool resize(std::size_t bytes);
  /// As `resize`, but given in any case: for what must be answered.
  void force(std::size_t bytes);
  /// Counts that its owner was refused, for `MemoryBudget::refused`.
  void tell_refused() noexcept;
  /// Holds a thing that others hold too: it counts once, and to no address.
  [[nodiscard]] bool share(const void* thing, std::size_t bytes);
  void release() noexcept;

 private:
  MemoryBudget* budget_ = nullptr;
  Key key_ = 0;
  std::size_t bytes_ = 0;
  bool shared_ = false;
};

}  // namespace tidemark::http
