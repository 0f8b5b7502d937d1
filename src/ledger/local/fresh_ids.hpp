#pragma once

/// The ids of events that are not archived yet, or only just: a hash table that forgets its oldest.

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
/// Cost:     at most 40 bytes an id, while growing too, beside at most 4 MiB in all. One read of
///           memory a generation of a million ids; call `prefetch` some 16 ids ahead.
class FreshIds {
 public:
  explicit FreshIds(Sequence begin);
  ~FreshIds();
  FreshIds(const FreshIds&) = delete;
  FreshIds& operator=(const FreshIds&) = delete;

  /// Fetches what `reserve` of this id will look at.
  void prefetch(const IdHash& hash) const;
  /// Where the id is stored, if it is here; else kNoSequence, and it is now here at `sequence`,
  /// which must be `end()`.
  Sequence reserve(const IdHash& hash, Sequence sequence);
  /// Where the id is stored, or kNoSequence. Reserves nothing.
  [[nodiscard]] Sequence find(const IdHash& hash) const;

  /// Takes back every id from `sequence` on: end() is `sequence` after it.
  void forget_from(Sequence sequence);
  /// Frees what holds only ids below `sequence`; an id below it may or may not be found afterwards.
  void drop_below(Sequence sequence);

  [[nodiscard]] Sequence begin() const { return begin_; }
  [[nodiscard]] Sequence end() const { return end_; }
  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  class Generation;

  std::deque<std::unique_ptr<Generation>> generations_;  // by sequence, the last one growing
  Sequence begin_;
  Sequence end_;
};

}  // namespace tidemark::ledger::local
