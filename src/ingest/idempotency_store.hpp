#pragma once

/// The first answer to each Idempotency-Key, given again to whoever repeats the request.

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

/// Promise:  while an answer is remembered, the same key gets it again or hears that its request
///           is another one; never is a second request with the key begun. A use that is neither
///           finished nor forgotten, for its process died, ends by itself.
/// Errors:   Unavailable from `begin` where a server that is needed is away: nothing was begun. An
///           answer that cannot be kept counts as forgotten: its ids make a repeat harmless.
/// Threads:  any. No call blocks. A handler is called once, before the call returns or later from a
///           thread of whoever implements this: it hands over and returns.
class IdempotencyStore {
 public:
  enum class Verdict : std::uint8_t {
    Begin,      ///< nobody has asked with this key: go on, then call `finish` or `forget`
    Running,    ///< the first request with it has not been answered yet
    Repeat,     ///< `answer` is what to say
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

  /// `request` identifies what was asked: a hash over the decoded body and what else matters.
  virtual void begin(std::string_view key, event::IdHash request, LookedHandler done) = 0;
  /// Whoever repeats the request after `done` hears the answer. Does nothing for a use that is
  /// over.
  virtual void finish(std::string_view key, std::uint64_t use, RememberedAnswer answer,
                      FinishedHandler done) = 0;
  /// The request was not carried out (429, 5xx, a lost connection): the key is as new. Does nothing
  /// for a use that is over.
  virtual void forget(std::string_view key, std::uint64_t use) = 0;
};

}  // namespace tidemark::ingest
