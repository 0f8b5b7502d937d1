// Answers read back as they were written, and bytes that are none are told so, whatever they are.

#include "sharing/answer_encoding.hpp"

#include <limits>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace tidemark::sharing {
namespace {

using query::Answered;

constexpr std::size_t kSealBytes = 8;

/// Small numbers mostly, and now and then any.
class RandomAnswers {
 public:
  explicit RandomAnswers(std::uint64_t seed) : random_(seed) {}

  Answered next() { return {.answer = answer(), .engine = "columnar", .as_of = number()}; }
  std::size_t below(std::size_t bound) { return random_() % bound; }

 private:
  query::Answer answer() {
    switch (below(4)) {
      case 0:
        return active_users();
      case 1:
        return top_events();
      case 2:
        return stickiness();
      default:
        return retention();
    }
  }
  std::uint64_t number() { return below(4) == 0 ? random_() : below(1'000); }
  event::LocalDay day() {
    return {below(8) == 0 ? static_cast<std::int32_t>(random_())
                          : static_cast<std::int32_t>(below(40'000)) - 1'000};
  }
  std::string text() {
    std::string made(below(20), '\0');
    for (auto& c : made) c = static_cast<char>(random_());
    return made;
  }
  query::Answer active_users() {
    query::ActiveUsersRows rows(below(50));
    for (auto& row : rows) row = {.date = day(), .active_users = number()};
    return query::answer_of(rows);
  }
  query::Answer top_events() {
    query::TopEventsRows rows(below(20));
    for (auto& row : rows) {
      row = {.event_type = text(), .count = number(), .unique_users = number()};
    }
    return query::answer_of(rows);
  }
  query::Answer retention() {
    query::RetentionRows cohorts(below(10));
    for (auto& cohort : cohorts) {
      cohort = {.date = day(), .size = number(), .windows = {}};
      cohort.windows.resize(below(10));
      for (auto& window : cohort.windows) {
        window = {.window = number(),
                  .date = day(),
                  .users = number(),
                  .rate = {.part = number(), .whole = number()},
                  .complete = below(2) == 0};
      }
    }
    return {.data = query::table_of(cohorts)};
  }
  /// It has a table beside its rows.
  query::Answer stickiness() {
    std::vector<query::StickinessRow> rows(below(20));
    for (auto& row : rows) row = {.intervals = number(), .users = number(), .at_least = number()};
    std::vector<query::StickinessRatio> ratio(below(20));
    for (auto& row : ratio) {
      row = {.date = day(), .dau = number(), .mau = number(), .ratio = {number(), number()}};
    }
    return {.data = query::table_of(rows), .beside = {{"ratio", query::table_of(ratio)}}};
  }

  std::mt19937_64 random_;
};

struct AnswerEncodingTest : testing::Test {
  AnswerEncodingTest() { RecordProperty("seed", std::to_string(seed)); }
  const std::uint64_t seed = std::random_device{}();
  RandomAnswers answers{seed};
};

TEST_F(AnswerEncodingTest, EveryAnswerReadsBackAsItWas) {
  for (int i = 0; i < 2'000; ++i) {
    const auto written = answers.next();
    const auto read = decode(encode(written));
    ASSERT_TRUE(read) << read.error().message() << ", seed " << seed;
    ASSERT_EQ(read->answer, written.answer) << "seed " << seed;
    ASSERT_EQ(read->engine, written.engine);
    ASSERT_EQ(read->as_of, written.as_of);
  }
}

TEST_F(AnswerEncodingTest, TheEndsOfEveryNumberReadBack) {
  constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
  for (const auto days : {std::numeric_limits<std::int32_t>::min(), -1, 0, 1,
                          std::numeric_limits<std::int32_t>::max()}) {
    const Answered written{
        .answer = query::answer_of(query::ActiveUsersRows{{{days}, kMost}, {{days}, 0}}),
        .engine = "rollup",
        .as_of = kMost};
    const auto read = decode(encode(written));
    ASSERT_TRUE(read) << days;
    EXPECT_EQ(read->answer, written.answer);
    EXPECT_EQ(read->as_of, kMost);
  }
}

TEST_F(AnswerEncodingTest, AnyDamageIsTold) {
  for (int i = 0; i < 300; ++i) {
    const auto whole = encode(answers.next());
    for (std::size_t at = 0; at < whole.size(); ++at) {
      auto damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << answers.below(8)));
      ASSERT_FALSE(decode(damaged)) << "seed " << seed;
    }
    for (std::size_t size = 0; size < whole.size(); ++size) {
      ASSERT_FALSE(decode(whole.substr(0, size))) << "seed " << seed;
    }
    ASSERT_FALSE(decode(whole + '\0'));
  }
}

/// With a checksum that fits, damage reaches what lies behind it.
TEST_F(AnswerEncodingTest, WhateverBytesHoldIsAnAnswerOrCorrupt) {
  std::size_t read = 0;
  for (int i = 0; i < 20'000; ++i) {
    auto content = encode(answers.next());
    content.resize(content.size() - kSealBytes);
    for (std::size_t changes = answers.below(4); changes > 0; --changes) {
      content[answers.below(content.size())] = static_cast<char>(answers.below(256));
    }
    content.resize(content.size() - answers.below(2));
    const auto decoded = decode(sealed_for_test(content));
    if (!decoded) {
      EXPECT_EQ(decoded.error().code(), base::ErrorCode::Corrupt);
      continue;
    }
    ++read;
    // What reads well is something that encodes, if not to the same bytes: varints may be padded.
    const auto again = decode(encode(*decoded));
    ASSERT_TRUE(again) << "seed " << seed;
    ASSERT_EQ(again->answer, decoded->answer) << "seed " << seed;
  }
  EXPECT_GT(read, 0U);
}

TEST_F(AnswerEncodingTest, ARowCountBeyondTheBytesTakesNoMemory) {
  // Version, kind 0, engine "rollup", position 0, and 2^63 rows.
  const std::string content =
      std::string("\x02\x00\x06rollup\x00", 10) + std::string(9, '\x80') + '\x01';
  const auto decoded = decode(sealed_for_test(content));
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().code(), base::ErrorCode::Corrupt);
}

TEST_F(AnswerEncodingTest, AnotherVersionKindOrEngineIsNotRead) {
  const auto whole = encode(
      {.answer = query::answer_of(query::ActiveUsersRows()), .engine = "rollup", .as_of = 0});
  const auto content = whole.substr(0, whole.size() - kSealBytes);
  ASSERT_EQ(sealed_for_test(content), whole);
  for (const std::size_t at : {0U, 1U, 4U}) {
    auto other = content;
    other[at] = '\x07';
    EXPECT_FALSE(decode(sealed_for_test(other))) << at;
  }
}

}  // namespace
}  // namespace tidemark::sharing
