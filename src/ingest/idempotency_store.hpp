#pragma once

/// Keeps the first answer to each Idempotency-Key for clients that repeat the request.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "event/event.hpp"

namespace tidemark::ingest {

/// What was answered, ready to be sent again.
struct RememberedAnswer {
  int status = 0;
  std::string content_type;
  std::string body;
};

/// Promise:  while an answer is remembered, a request with the same key gets it again, or the news
///           that the key belongs to another request; a second request with the key never begins. A
///           use that is neither finished nor forgotten, because its process died, ends by itself.
/// Errors:   Unavailable from `begin` if a server that is needed is away: nothing was begun. An
///           answer that cannot be kept counts as forgotten: the ids of its events make a repeat
///           harmless.
/// Threads:  any. No call blocks. A handler is called once, before the call returns or later from a
///           thread of the implementation: it must hand over and return.
class IdempotencyStore {
 public:
  enum class Verdict : std::uint8_t {
    Begin,      ///< the key is new: go on, then call `finish` or `forget`
    Running,    ///< the first request with this key has not been answered yet
    Repeat,     ///< `answer` must be sent again
    Different,  ///< the key was used with another request
  };
  struct Looked {
    Verdict verdict = Verdict::Begin;
    std::uint64_t use = 0;  ///< with Begin: names this use of the key
    std::shared_ptr<const RememberedAnswer> answer;
  };
  using LookedHandler = std::function<void(base::Result<Looked>)>;
  using FinishedHandler = std::function<void()>;

  virtual ~IdempotencyStore() = default;

  /// `request` identifies the request: a hash of the decoded body and of what else matters.
  virtual void begin(std::string_view key, event::IdHash request, LookedHandler done) = 0;
  /// A client that repeats the request after `done` gets the answer. Does nothing for a use that is
  /// over.
  virtual void finish(std::string_view key, std::uint64_t use, RememberedAnswer answer,
                      FinishedHandler done) = 0;
  /// For a request that was not carried out (429, 5xx, a lost connection): the key becomes new
  /// again. Does nothing for a use that is over.
  virtual void forget(std::string_view key, std::uint64_t use) = 0;
};

}  // namespace tidemark::ingest
