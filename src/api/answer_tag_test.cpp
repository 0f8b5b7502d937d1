// What changes an answer changes its tag, and nothing else does.

#include "api/answer_tag.hpp"

#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidemark::api {
namespace {

query::Question question(std::int32_t trailing_days = 1) {
  return query::ActiveUsers{
      .scope = {.project = event::ProjectId::Default, .zone = event::utc(), .segment = {}},
      .range = {event::LocalDay{20'301}, event::LocalDay{20'302}},
      .trailing_days = trailing_days};
}

TEST(AnswerTag, IsWeakAndTheSameForTheSameAnswer) {
  const auto asked = question();
  const auto again = question();
  const auto tag = answer_tag({.history = "h",
                               .question = asked,
                               .forced_engine = std::nullopt,
                               .position = 7,
                               .representation = "text/csv"});
  EXPECT_THAT(tag, testing::MatchesRegex("W/\"[A-Za-z0-9_-]+\""));
  EXPECT_EQ(tag, answer_tag({.history = "h",
                             .question = again,
                             .forced_engine = std::nullopt,
                             .position = 7,
                             .representation = "text/csv"}));
}

TEST(AnswerTag, DiffersWithEverythingThatTheAnswerDependsOn) {
  const auto asked = question();
  const auto other = question(7);
  const auto tag = [](std::string_view history, const query::Question& of,
                      std::optional<std::string_view> engine, event::Sequence position,
                      std::string_view representation) {
    return answer_tag({.history = history,
                       .question = of,
                       .forced_engine = engine,
                       .position = position,
                       .representation = representation});
  };
  const std::set<std::string> tags = {
      tag("h", asked, {}, 7, "application/json"),
      tag("g", asked, {}, 7, "application/json"),
      tag("h", other, {}, 7, "application/json"),
      tag("h", asked, "rollup", 7, "application/json"),
      tag("h", asked, "columnar", 7, "application/json"),
      tag("h", asked, {}, 8, "application/json"),
      tag("h", asked, {}, 7, "text/csv"),
      // What one part loses another wins.
      tag("hr", asked, "ollup", 7, "application/json"),
  };
  EXPECT_EQ(tags.size(), 8U);
}

}  // namespace
}  // namespace tidemark::api
