#pragma once

/// The ids of events that are not archived yet, or only just: a hash table that drops its oldest
/// ids.

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "event/event.hpp"

namespace tidemark::ledger::local {

using event::IdHash;
using event::kNoSequence;
using event::Sequence;

/// Ids of the sequences [begin(), end()), without a gap.
///
/// Threads:  one thread (the commit thread) calls everything here.
/// Cost:     at most 40 bytes an id, also while growing, plus at most 4 MiB in all. One read of
///           memory per generation of a million ids; call `prefetch` some 16 ids ahead.
class FreshIds {
 public:
  explicit FreshIds(Sequence begin);
  ~FreshIds();
  FreshIds(const FreshIds&) = delete;
  FreshIds& operator=(const FreshIds&) = delete;

  /// Fetches the memory that `reserve` will read for this id.
  void prefetch(const IdHash& hash) const;
  /// Where the id is stored, if it is here. Otherwise stores it at `sequence`, which must be
  /// `end()`, and returns kNoSequence.
  Sequence reserve(const IdHash& hash, Sequence sequence);
  /// Where the id is stored, or kNoSequence. Reserves nothing.
  [[nodiscard]] Sequence find(const IdHash& hash) const;

  /// Removes every id from `sequence` on: afterwards end() is `sequence`.
  void forget_from(Sequence sequence);
  /// Frees memory that holds only ids below `sequence`; afterwards an id below it may or may not be
  /// found.
  void drop_below(Sequence sequence);

  [[nodiscard]] Sequence begin() const { return begin_; }
  [[nodiscard]] Sequence end() const { return end_; }
  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  class Generation;

  std::deque<std::unique_ptr<Generation>> generations_;  // by sequence; the last one is growing
  Sequence begin_;
  Sequence end_;
};

}  // namespace tidemark::ledger::local
