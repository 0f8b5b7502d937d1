// What a listener missed is read again: all of it, in pieces of a bounded size, or a told part.

#include "views/live/backlog.hpp"

#include <gmock/gmock.h>

#include "views/live/rows_for_test.hpp"

namespace tidemark::views::live {
namespace {

using testing::ElementsAre;

struct BacklogTest : testing::Test {
  Story story;
  query::EventScan scan = story.scan();
  std::shared_ptr<Counts> counts = std::make_shared<Counts>();

  Backlog backlog(query::EventFilter filter, event::Sequence from, event::Sequence begins,
                  event::Sequence events_max = 1'000'000) {
    return {{story.publication(), scan},
            std::make_shared<Listener>(std::move(filter), from, counts),
            begins,
            events_max};
  }
  static std::vector<std::string> read(Backlog& backlog) {
    std::vector<std::string> all;
    while (!backlog.done()) {
      auto piece = backlog.next();
      if (!piece) return {piece.error().message()};
      for (auto& one : told(*piece)) all.push_back(std::move(one));
    }
    return all;
  }
};

TEST_F(BacklogTest, MatchingEventsOfTheRangeComeOnceAndInOrder) {
  story.commit({"a", "b", "a", "a", "a"});
  auto some = backlog(of_type("a"), 1, 4);
  EXPECT_THAT(read(some), ElementsAre("e-2:a", "e-3:a"));
  EXPECT_EQ(counts->sent, 2U);
}

TEST_F(BacklogTest, NothingBetweenIsDoneAtOnce) {
  story.commit({"a"});
  EXPECT_TRUE(backlog(everything(), 1, 1).done());
}

TEST_F(BacklogTest, WhatLiesTooFarBackIsToldAsMissed) {
  story.commit({"a", "a", "a", "a", "a"});
  auto some = backlog(everything(), 0, 5, 2);
  EXPECT_THAT(read(some), ElementsAre("missed 3", "e-3:a", "e-4:a"));
  EXPECT_EQ(counts->missed, 3U);
  auto none = backlog(everything(), 0, 5, 0);
  EXPECT_THAT(read(none), ElementsAre("missed 5"));
}

TEST_F(BacklogTest, PiecesAreBoundedAndTogetherWhole) {
  constexpr std::size_t kEvents = 50'000;
  const auto end = story.commit(kEvents, "a");
  auto all = backlog(everything(), 0, end);
  std::size_t events = 0;
  int pieces = 0;
  while (!all.done()) {
    const auto piece = all.next();
    ASSERT_TRUE(piece);
    EXPECT_LT(piece->size(), 300U * 1'024U);
    for (const auto& one : told(*piece)) {
      ASSERT_EQ(one, "e-" + std::to_string(events) + ":a");
      ++events;
    }
    ++pieces;
  }
  EXPECT_EQ(events, kEvents);
  EXPECT_GT(pieces, 10);
}

TEST_F(BacklogTest, WhatCannotBeReadIsAnError) {
  story.commit({"a"});
  story.unreadable = true;
  auto some = backlog(everything(), 0, 1);
  EXPECT_THAT(read(some), ElementsAre("reading what a listener missed: unreadable"));
}

}  // namespace
}  // namespace tidemark::views::live
