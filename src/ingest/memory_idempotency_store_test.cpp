// What a repeated Idempotency-Key hears, and which answers go when there are too many.

#include "ingest/memory_idempotency_store.hpp"

#include <chrono>
#include <ctime>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/same_hash_for_test.hpp"

namespace tidemark::ingest {
namespace {

using Looked = IdempotencyStore::Looked;
using Verdict = IdempotencyStore::Verdict;
constexpr event::IdHash kBody{1, 2};
constexpr event::IdHash kOtherBody{3, 4};

struct MemoryIdempotencyStoreTest : testing::Test {
  base::ManualClock clock{0};

  static Looked begin(IdempotencyStore& answers, std::string_view key,
                      event::IdHash request = kBody) {
    Looked told;
    int calls = 0;
    answers.begin(key, request, [&](base::Result<Looked> looked) {
      ASSERT_TRUE(looked) << looked.error().message();
      told = *std::move(looked);
      ++calls;
    });
    EXPECT_EQ(calls, 1);
    return told;
  }
  static void finish(IdempotencyStore& answers, std::string_view key, std::uint64_t use,
                     RememberedAnswer answer = {.status = 202, .content_type = {}, .body = {}}) {
    int calls = 0;
    answers.finish(key, use, std::move(answer), [&] { ++calls; });
    EXPECT_EQ(calls, 1);
  }
};

TEST_F(MemoryIdempotencyStoreTest, TheSameRequestHearsTheFirstAnswerAgain) {
  MemoryIdempotencyStore answers(clock, {});
  const auto first = begin(answers, "k");
  EXPECT_EQ(first.verdict, Verdict::Begin);
  EXPECT_EQ(begin(answers, "k").verdict, Verdict::Running);
  finish(answers, "k", first.use,
         {.status = 202, .content_type = "application/json", .body = "{}"});
  clock.advance(1);
  const auto again = begin(answers, "k");
  ASSERT_EQ(again.verdict, Verdict::Repeat);
  EXPECT_EQ(again.answer->status, 202);
  EXPECT_EQ(again.answer->body, "{}");
}

TEST_F(MemoryIdempotencyStoreTest, AnotherRequestWithTheKeyIsToldSoWhileTheFirstRunsToo) {
  MemoryIdempotencyStore answers(clock, {});
  const auto first = begin(answers, "k");
  EXPECT_EQ(begin(answers, "k", kOtherBody).verdict, Verdict::Different);
  finish(answers, "k", first.use);
  EXPECT_EQ(begin(answers, "k", kOtherBody).verdict, Verdict::Different);
}

TEST_F(MemoryIdempotencyStoreTest, ARequestThatWasNotCarriedOutMayBeginAgain) {
  MemoryIdempotencyStore answers(clock, {});
  const auto first = begin(answers, "k");
  answers.forget("k", first.use);
  EXPECT_EQ(begin(answers, "k", kOtherBody).verdict, Verdict::Begin);
}

TEST_F(MemoryIdempotencyStoreTest, AUseThatIsOverTouchesNoLaterOne) {
  MemoryIdempotencyStore answers(clock, {});
  const auto first = begin(answers, "k");
  answers.forget("k", first.use);
  const auto second = begin(answers, "k", kOtherBody);
  finish(answers, "k", first.use);
  answers.forget("k", first.use);
  EXPECT_EQ(begin(answers, "k", kOtherBody).verdict, Verdict::Running);
  finish(answers, "k", second.use);
  EXPECT_EQ(begin(answers, "k", kOtherBody).verdict, Verdict::Repeat);
}

TEST_F(MemoryIdempotencyStoreTest, AnAnswerIsForgottenAtItsAge) {
  MemoryIdempotencyStore answers(clock, {.keys_max = 10, .bytes_max = 1 << 20, .age_max = 100});
  finish(answers, "k", begin(answers, "k").use);
  clock.set(99);
  EXPECT_EQ(begin(answers, "k").verdict, Verdict::Repeat);
  clock.set(100);
  EXPECT_EQ(begin(answers, "k").verdict, Verdict::Begin);
  EXPECT_EQ(answers.dropped(), 0U);
}

TEST_F(MemoryIdempotencyStoreTest, TheOldestGoesWhenThereAreTooMany) {
  MemoryIdempotencyStore answers(clock, {.keys_max = 2, .bytes_max = 1 << 20, .age_max = 1'000});
  for (const auto* key : {"a", "b", "c"}) begin(answers, key);
  EXPECT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers.dropped(), 1U);
  EXPECT_EQ(begin(answers, "b").verdict, Verdict::Running);
}

TEST_F(MemoryIdempotencyStoreTest, TheOldestGoesWhenTheyAreTooLarge) {
  MemoryIdempotencyStore answers(clock, {.keys_max = 100, .bytes_max = 2'000, .age_max = 1'000});
  for (const auto* key : {"a", "b"}) {
    finish(answers, key, begin(answers, key).use,
           {.status = 422, .content_type = {}, .body = std::string(1'500, 'x')});
  }
  EXPECT_EQ(answers.size(), 1U);
  EXPECT_EQ(begin(answers, "b").verdict, Verdict::Repeat);
}

/// Processor time of this thread.
std::chrono::nanoseconds worked() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

TEST_F(MemoryIdempotencyStoreTest, KeysThatShareAStdHashCostWhatOthersCost) {
  constexpr std::size_t kKeys = 20'000;
  const auto cost_of = [this](const std::vector<std::string>& keys) {
    MemoryIdempotencyStore answers(clock, {});
    const auto begun = worked();
    for (const auto& key : keys) begin(answers, key);
    return worked() - begun;
  };
  std::vector<std::string> plain;
  for (std::size_t i = 0; i < kKeys; ++i)
    plain.push_back("plain-key-" + std::to_string(100'000 + i));
  const auto same = base::texts_with_one_std_hash(kKeys);
  ASSERT_EQ(std::hash<std::string>()(same.front()), std::hash<std::string>()(same.back()));
  // Under std::hash each is compared with all before it: a hundred times as long.
  EXPECT_LT(cost_of(same), 10 * cost_of(plain));
}

}  // namespace
}  // namespace tidemark::ingest
