#include "api/answer_tag.hpp"

#include "api/api.hpp"
#include "base/base64.hpp"
#include "base/hash.hpp"
#include "query/position.hpp"
#include "query/question_key.hpp"

namespace tidemark::api {

std::string answer_tag(const TaggedAnswer& answer) {
  std::string all;
  // Each with its length before it, so that none can pass for a part of another.
  const auto add = [&all](std::string_view part) {
    all += std::to_string(part.size()) + ':';
    all += part;
  };
  add(version());
  add(answer.history);
  add(answer.forced_engine.value_or(""));
  add(answer.representation);
  add(query::position_text(answer.position));
  add(query::key_of(answer.question));
  const auto hash =
      base::canonical(base::hash128(std::as_bytes(std::span(all.data(), all.size()))));
  std::string bytes;
  for (const auto byte : hash) bytes.push_back(static_cast<char>(byte));
  return "W/\"" + base::to_base64(bytes) + '"';
}

}  // namespace tidemark::api
