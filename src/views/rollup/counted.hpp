#pragma once

/// Nodes that are shared until a holder changes them, and the memory that all nodes take.

#include <atomic>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace tidemark::views::rollup {

/// Bytes held by the nodes and tables of all rollups of this process (outside of tests there is one
/// rollup).
/// Threads: any.
class MemoryGauge {
 public:
  static void add(std::size_t bytes) { held().fetch_add(bytes, std::memory_order_relaxed); }
  static void subtract(std::size_t bytes) {
    [[maybe_unused]] const auto before = held().fetch_sub(bytes, std::memory_order_relaxed);
    assert(before >= bytes);
  }
  static std::size_t bytes() { return held().load(std::memory_order_relaxed); }

 private:
  static std::atomic<std::size_t>& held() {
    static std::atomic<std::size_t> bytes{0};
    return bytes;
  }
};

/// About what malloc takes for a request: 8 bytes of its own, steps of 16, at least 32.
constexpr std::size_t allocated_bytes(std::size_t requested) {
  return requested <= 24 ? 32 : (requested + 8 + 15) / 16 * 16;
}

/// An allocator whose memory the gauge counts.
template <class T>
struct Metered {
  using value_type = T;

  Metered() = default;
  template <class U>
  explicit(false) Metered(const Metered<U>&) {}

  T* allocate(std::size_t count) {
    MemoryGauge::add(allocated_bytes(count * sizeof(T)));
    return std::allocator<T>().allocate(count);
  }
  void deallocate(T* memory, std::size_t count) {
    MemoryGauge::subtract(allocated_bytes(count * sizeof(T)));
    std::allocator<T>().deallocate(memory, count);
  }
  bool operator==(const Metered&) const = default;
};

/// The number of holders, starting at one; a copy is a new node with one holder.
///
/// Taking a reference needs no memory order, because the taker reads through another reference.
/// `let_go` releases and `alone` acquires: everything that a reader did with a node happened before
/// the writer, being its only holder, changes the node.
class HolderCount {
 public:
  HolderCount() = default;
  HolderCount(const HolderCount& /*other*/) : holders_(1) {}
  HolderCount& operator=(const HolderCount&) = delete;
  ~HolderCount() = default;

  void take() const {
    [[maybe_unused]] const auto before = holders_.fetch_add(1, std::memory_order_relaxed);
    assert(before > 0);
  }
  /// True for the last holder, which must delete the node.
  [[nodiscard]] bool let_go() const {
    const auto before = holders_.fetch_sub(1, std::memory_order_acq_rel);
    assert(before > 0);
    return before == 1;
  }
  [[nodiscard]] bool alone() const { return holders_.load(std::memory_order_acquire) == 1; }

 private:
  mutable std::atomic<std::uint32_t> holders_{1};
};

/// Makes a class a node that `Ref` can hold.
struct Counted {
  HolderCount holders;

  static void* operator new(std::size_t bytes) {
    MemoryGauge::add(allocated_bytes(bytes));
    return ::operator new(bytes);
  }
  static void operator delete(void* memory, std::size_t bytes) {
    MemoryGauge::subtract(allocated_bytes(bytes));
    ::operator delete(memory);
  }
};

/// Holds a node, or none. Copies share it.
///
/// Threads: different `Ref`s to one node may be used in different threads; only `own` changes it.
template <class Node>
class Ref {
 public:
  Ref() = default;
  explicit Ref(Node* fresh) : node_(fresh) {}  ///< takes over the single reference of a new node
  Ref(const Ref& other) : node_(other.node_) {
    if (node_ != nullptr) node_->holders.take();
  }
  Ref(Ref&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
  Ref& operator=(Ref other) noexcept {
    std::swap(node_, other.node_);
    return *this;
  }
  ~Ref() {
    if (node_ != nullptr && node_->holders.let_go()) delete node_;
  }

  [[nodiscard]] explicit operator bool() const { return node_ != nullptr; }
  [[nodiscard]] const Node* get() const { return node_; }
  const Node& operator*() const {
    assert(node_ != nullptr);
    return *node_;
  }
  const Node* operator->() const {
    assert(node_ != nullptr);
    return node_;
  }

  /// The node, for changes: made if there is none, copied if it has another holder.
  Node& own() {
    if (node_ == nullptr) {
      node_ = new Node();
    } else if (!node_->holders.alone()) {
      *this = Ref(new Node(*node_));
    }
    return *node_;
  }

 private:
  Node* node_ = nullptr;
};

}  // namespace tidemark::views::rollup
