// What a repeated Idempotency-Key hears, and which answers go when there are too many.

#include "ingest/remembered_answers.hpp"

#include <gtest/gtest.h>

namespace tidemark::ingest {
namespace {

using Verdict = RememberedAnswers::Verdict;
constexpr event::IdHash kBody{1, 2};
constexpr event::IdHash kOtherBody{3, 4};

TEST(RememberedAnswers, TheSameRequestHearsTheFirstAnswerAgain) {
  RememberedAnswers answers({});
  EXPECT_EQ(answers.begin("k", kBody, 0).verdict, Verdict::Begin);
  EXPECT_EQ(answers.begin("k", kBody, 0).verdict, Verdict::Running);
  answers.finish("k", {.status = 202, .content_type = "application/json", .body = "{}"});
  const auto again = answers.begin("k", kBody, 1);
  ASSERT_EQ(again.verdict, Verdict::Repeat);
  EXPECT_EQ(again.answer->status, 202);
  EXPECT_EQ(again.answer->body, "{}");
}

TEST(RememberedAnswers, AnotherRequestWithTheKeyIsToldSoWhileTheFirstRunsToo) {
  RememberedAnswers answers({});
  answers.begin("k", kBody, 0);
  EXPECT_EQ(answers.begin("k", kOtherBody, 0).verdict, Verdict::Different);
  answers.finish("k", {.status = 202, .content_type = {}, .body = {}});
  EXPECT_EQ(answers.begin("k", kOtherBody, 0).verdict, Verdict::Different);
}

TEST(RememberedAnswers, ARequestThatWasNotCarriedOutMayBeginAgain) {
  RememberedAnswers answers({});
  answers.begin("k", kBody, 0);
  answers.forget("k");
  EXPECT_EQ(answers.begin("k", kOtherBody, 0).verdict, Verdict::Begin);
}

TEST(RememberedAnswers, AnAnswerIsForgottenAtItsAge) {
  RememberedAnswers answers({.keys_max = 10, .bytes_max = 1 << 20, .age_max = 100});
  answers.begin("k", kBody, 0);
  answers.finish("k", {.status = 202, .content_type = {}, .body = {}});
  EXPECT_EQ(answers.begin("k", kBody, 99).verdict, Verdict::Repeat);
  EXPECT_EQ(answers.begin("k", kBody, 100).verdict, Verdict::Begin);
  EXPECT_EQ(answers.dropped(), 0U);
}

TEST(RememberedAnswers, TheOldestGoesWhenThereAreTooMany) {
  RememberedAnswers answers({.keys_max = 2, .bytes_max = 1 << 20, .age_max = 1'000});
  for (const auto* key : {"a", "b", "c"}) answers.begin(key, kBody, 0);
  EXPECT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers.dropped(), 1U);
  EXPECT_EQ(answers.begin("b", kBody, 0).verdict, Verdict::Running);
}

TEST(RememberedAnswers, TheOldestGoesWhenTheyAreTooLarge) {
  RememberedAnswers answers({.keys_max = 100, .bytes_max = 2'000, .age_max = 1'000});
  for (const auto* key : {"a", "b"}) {
    answers.begin(key, kBody, 0);
    answers.finish(key, {.status = 422, .content_type = {}, .body = std::string(1'500, 'x')});
  }
  EXPECT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers.begin("b", kBody, 0).verdict, Verdict::Repeat);
}

}  // namespace
}  // namespace tidemark::ingest
