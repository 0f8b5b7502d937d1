#pragma once

/// The ETag of a statistic: the same for as long as nothing can have changed the answer.

#include <optional>
#include <string>
#include <string_view>

#include "event/event.hpp"
#include "query/question.hpp"

namespace tidemark::api {

/// All that an answer depends on.
struct TaggedAnswer {
  std::string_view history;  ///< see Service::history
  const query::Question& question;
  std::optional<std::string_view> forced_engine;
  event::Sequence position = 0;     ///< that it is of
  std::string_view representation;  ///< its content type
};

/// `W/"…"`. Weak: without a forced engine another one may answer the second time, which `meta`
/// tells and `data` does not; and the compressed form has the same tag.
///
/// Promise: different for whatever differs, as far as 128 bits can tell; another one too in another
///          version of the program, which may write the same answer otherwise.
/// Cost:    a microsecond; no engine is asked.
std::string answer_tag(const TaggedAnswer& answer);

}  // namespace tidemark::api
