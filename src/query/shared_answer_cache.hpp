#pragma once

/// Answers that processes share, so that an answer is calculated by one of them only.

#include <optional>
#include <string_view>

#include "event/event.hpp"
#include "query/router.hpp"

namespace tidemark::query {

/// Promise:  gives an answer only for its own key and position.
/// Errors:   none: an answer that cannot be read, or is not whole, counts as missing.
/// Threads:  those that calculate answers: both calls may block, but for less time than most
///           answers that are worth sharing take.
class SharedAnswerCache {
 public:
  virtual ~SharedAnswerCache() = default;

  /// `key` names the question and the epoch of the ledger.
  virtual std::optional<Answered> find(std::string_view key, event::Sequence position) = 0;
  virtual void keep(std::string_view key, const Answered& answered) = 0;
};

}  // namespace tidemark::query
