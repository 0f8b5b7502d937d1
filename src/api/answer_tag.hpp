#pragma once

/// The ETag of a statistic: it stays the same as long as nothing can have changed the answer.

#include <optional>
#include <string>
#include <string_view>

#include "event/event.hpp"
#include "query/question.hpp"

namespace tidemark::api {

/// Everything that an answer depends on.
struct TaggedAnswer {
  std::string_view history;  ///< see Service::history
  const query::Question& question;
  std::optional<std::string_view> forced_engine;
  event::Sequence position = 0;     ///< the position of the answer
  std::string_view representation;  ///< its content type
};

/// `W/"…"`. Weak, because without a forced engine another engine may answer the second time, which
/// `meta` tells and `data` does not; and because the compressed form has the same tag.
///
/// Promise: different for different answers, as far as 128 bits can tell; also different in another
///          version of the program, which may write the same answer differently.
/// Cost:    a microsecond; no engine is asked.
std::string answer_tag(const TaggedAnswer& answer);

}  // namespace tidemark::api
