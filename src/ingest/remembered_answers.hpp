#pragma once

/// The first answer to each Idempotency-Key, given again to whoever repeats the request.

#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.hpp"
#include "event/event.hpp"

namespace tidemark::ingest {

/// What was answered, ready to be sent again.
struct RememberedAnswer {
  int status = 0;
  std::string content_type;
  std::string body;
};

/// Promise:  while an answer is remembered, the same key gets it again or hears that its request
///           is another one; never is a second request with the key begun.
/// Bounds:   keys, bytes and age; the oldest goes first. What goes is counted.
/// Threads:  any.
class RememberedAnswers {
 public:
  struct Options {
    std::size_t keys_max = 100'000;
    std::size_t bytes_max = std::size_t{64} << 20;
    base::Micros age_max = base::kMicrosPerDay;
  };

  enum class Verdict : std::uint8_t {
    Begin,      ///< nobody has asked with this key: go on, then call `finish` or `forget`
    Running,    ///< the first request with it has not been answered yet
    Repeat,     ///< `answer` is what to say
    Different,  ///< the key was used with another request
  };
  struct Looked {
    Verdict verdict = Verdict::Begin;
    std::shared_ptr<const RememberedAnswer> answer;
  };

  explicit RememberedAnswers(Options options) : options_(options) {}

  /// `request` identifies what was asked: a hash over the decoded body and what else matters.
  Looked begin(std::string_view key, event::IdHash request, base::Micros now);
  void finish(std::string_view key, RememberedAnswer answer);
  /// The request was not carried out (429, 5xx, a lost connection): the key is as new.
  void forget(std::string_view key);

  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] std::uint64_t dropped() const;  ///< answers that went before their age

 private:
  struct Entry {
    std::string key;
    event::IdHash request;
    base::Micros begun = 0;
    std::shared_ptr<const RememberedAnswer> answer;  ///< null while it runs
    [[nodiscard]] std::size_t bytes() const;
  };
  using Entries = std::list<Entry>;  // oldest first

  void make_room(base::Micros now);
  void erase(Entries::iterator entry);

  Options options_;
  mutable std::mutex mutex_;
  Entries entries_;
  std::unordered_map<std::string_view, Entries::iterator> by_key_;  // views into entries_
  std::size_t bytes_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace tidemark::ingest
