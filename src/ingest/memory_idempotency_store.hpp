#pragma once

/// Answers by Idempotency-Key in this process's memory, for the embedded profile and for tests.

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/keyed_hash.hpp"
#include "ingest/idempotency_store.hpp"

namespace tidemark::ingest {

/// Promise:  each handler is called before the call that got it returns.
/// Bounds:   keys, bytes and age; the oldest answer is dropped first. Dropped answers are counted.
/// Lifetime: `clock` must outlive it. A restart forgets all answers.
class MemoryIdempotencyStore final : public IdempotencyStore {
 public:
  struct Options {
    std::size_t keys_max = 100'000;
    std::size_t bytes_max = std::size_t{64} << 20;
    base::Micros age_max = base::kMicrosPerDay;
  };

  MemoryIdempotencyStore(const base::Clock& clock, Options options)
      : clock_(clock), options_(options) {}

  void begin(std::string_view key, event::IdHash request, LookedHandler done) override;
  void finish(std::string_view key, std::uint64_t use, RememberedAnswer answer,
              FinishedHandler done) override;
  void forget(std::string_view key, std::uint64_t use) override;

  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] std::uint64_t dropped() const;  ///< answers that were dropped before their age

 private:
  struct Entry {
    std::string key;
    event::IdHash request;
    std::uint64_t use = 0;
    base::Micros begun = 0;
    std::shared_ptr<const RememberedAnswer> answer;  ///< null while the request runs
    [[nodiscard]] std::size_t bytes() const;
  };
  using Entries = std::list<Entry>;  // oldest first

  Looked look(std::string_view key, event::IdHash request);
  void keep(std::string_view key, std::uint64_t use, RememberedAnswer answer);
  /// `entries_.end()` if the use is over.
  Entries::iterator running(std::string_view key, std::uint64_t use);
  void make_room();
  void erase(Entries::iterator entry);

  const base::Clock& clock_;
  const Options options_;
  mutable std::mutex mutex_;  // guards the rest
  Entries entries_;
  /// Views into entries_.
  std::unordered_map<std::string_view, Entries::iterator, base::KeyedHash> by_key_;
  std::size_t bytes_ = 0;
  std::uint64_t uses_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace tidemark::ingest
