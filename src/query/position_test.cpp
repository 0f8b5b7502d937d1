// Positions and cursors: what is written reads back, what is not ours is refused.

#include "query/position.hpp"

#include <cstdint>
#include <functional>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidemark::query {
namespace {

using testing::HasSubstr;

TEST(Position, ReadsBackAndHasTheFormThatApiMdShows) {
  EXPECT_EQ(position_text(7511), "AAAAAAAAHVc");
  for (const event::Sequence position : {event::Sequence{0}, event::Sequence{1},
                                         event::Sequence{1} << 40U, event::kNoSequence - 1}) {
    auto again = parse_position(position_text(position));
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, Position{position});
  }
  EXPECT_TRUE(parse_position("AAAAAAAAB1c"));
}

TEST(Position, CarriesTheTagOfItsEpochAndNoneForTheFirst) {
  const auto text = position_text(7511, 0xbeef);
  EXPECT_EQ(text.size(), 11U);
  EXPECT_NE(text, position_text(7511));
  const auto again = parse_position(text);
  ASSERT_TRUE(again);
  const auto told = std::get<event::Sequence>(*again);
  EXPECT_EQ(tag_of(told), 0xbeef);
  EXPECT_EQ(without_tag(told), 7511U);
  EXPECT_EQ(position_text(Position{event::Sequence{7511}}, 0xbeef), text);
}

TEST(Position, OfAQueueReadsBackAndIsNeverTakenForASequence) {
  constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
  const event::EntryId first;
  const event::EntryId some{.shard = 513, .millis = 1'754'000'000'123, .number = 7};
  const event::EntryId last{.shard = 65'535, .millis = kMost, .number = kMost};
  for (const auto& position : {first, some, last}) {
    const auto text = position_text(Position{position});
    EXPECT_EQ(text.size(), 24U);
    auto again = parse_position(text);
    ASSERT_TRUE(again) << text;
    EXPECT_EQ(*again, Position{position});
  }
  EXPECT_EQ(position_text(Position{some}), "AgEAAAGYYowEewAAAAAAAAAH");
}

TEST(Position, WhatIsNotOursIsRefused) {
  for (const char* text : {"", "5", "AAAAAAAAB1", "AAAAAAAAB1cA", "AAAAAAAAB1d", "AAAAAAAA+1c",
                           "AAAAAAAAB1c=", "__________8", "AgEAAAGYYowEewAAAAAAAAA",
                           "AgEAAAGYYowEewAAAAAAAAAHA", "AgEAAAGYYowEewAAAAAAAA+H"}) {
    auto parsed = parse_position(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code(), base::ErrorCode::InvalidInput);
  }
}

struct CursorTest : testing::Test {
  static ListEvents question() {
    ListEvents asked;
    asked.scope.zone = event::utc();
    asked.scope.segment.conditions.push_back(*parse_condition("properties.a=b"));
    asked.from = 5;
    return asked;
  }
  ListEvents::After after{
      .occurred_at = 1'754'000'000'123'456, .event_id = std::string(200, 'x'), .position = 77};
};

TEST_F(CursorTest, ReadsBackForTheSameQuestion) {
  const auto text = cursor_text(question(), after);
  auto other_limit = question();
  other_limit.limit = 7;
  auto again = parse_cursor(text, other_limit);
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(again->occurred_at, after.occurred_at);
  EXPECT_EQ(again->event_id, after.event_id);
  EXPECT_EQ(again->position, after.position);
}

TEST_F(CursorTest, IsRefusedForAnotherQuestion) {
  const auto text = cursor_text(question(), after);
  const std::vector<std::function<void(ListEvents&)>> changes = {
      [](ListEvents& asked) { asked.descending = false; },
      [](ListEvents& asked) { asked.from = 6; },
      [](ListEvents& asked) { asked.from.reset(); },
      [](ListEvents& asked) { asked.to = 5; },
      [](ListEvents& asked) { asked.from_day = event::LocalDay{1}; },
      [](ListEvents& asked) { asked.to_day = event::LocalDay{1}; },
      [](ListEvents& asked) { asked.scope.segment.conditions.clear(); },
      [](ListEvents& asked) { asked.scope.segment.conditions[0].values[0] = "c"; }};
  for (const auto& change : changes) {
    auto asked = question();
    change(asked);
    auto parsed = parse_cursor(text, asked);
    ASSERT_FALSE(parsed);
    EXPECT_THAT(parsed.error().message(), HasSubstr("other filters"));
  }
}

TEST_F(CursorTest, WhatIsNotOursIsRefused) {
  const auto text = cursor_text(question(), after);
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto broken = text;
    broken[i] = broken[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(parse_cursor(broken, question())) << i;
    EXPECT_FALSE(parse_cursor(text.substr(0, i), question())) << i;
  }
  EXPECT_FALSE(parse_cursor(text + "A", question()));
  EXPECT_FALSE(parse_cursor(std::string(10'000, 'A'), question()));
}

}  // namespace
}  // namespace tidemark::query
