#pragma once

/// Answers that processes share: what one of them has calculated the others need not.

#include <optional>
#include <string_view>

#include "event/event.hpp"
#include "query/router.hpp"

namespace tidemark::query {

/// Promise:  gives an answer again for its key and its position alone.
/// Errors:   none: what cannot be asked, or is not whole, is not there.
/// Threads:  any, of those that calculate answers: both calls may block, for less than most answers
///           that are worth sharing take.
class SharedAnswerCache {
 public:
  virtual ~SharedAnswerCache() = default;

  /// `key` names the question and the epoch of the ledger.
  virtual std::optional<Answered> find(std::string_view key, event::Sequence position) = 0;
  virtual void keep(std::string_view key, const Answered& answered) = 0;
};

}  // namespace tidemark::query
