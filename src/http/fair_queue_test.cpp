// Who asks a lot waits behind its own work, and gives its place to who asks little.

#include <string>

#include <gtest/gtest.h>

#include "http/worker_pool.hpp"

namespace tidemark::http {
namespace {

struct FairQueueTest : testing::Test {
  void push(const std::string& name, Asker asker, Turn turn = Turn::First) {
    queue.push([this, name] { ran += name; }, asker, turn);
  }
  std::string run_all() {
    while (!queue.empty()) queue.pop()();
    return ran;
  }
  FairQueue queue;
  std::string ran;
};

TEST_F(FairQueueTest, OneAskersWorkIsDoneInTheOrderOfItsComing) {
  push("a", 1);
  push("b", 1);
  push("c", 1);
  EXPECT_EQ(run_all(), "abc");
}

TEST_F(FairQueueTest, AskersAreServedInTurn) {
  for (const char* name : {"1", "2", "3"}) push(name, 1);
  push("x", 2);
  push("y", 3);
  EXPECT_EQ(run_all(), "1xy23");
}

TEST_F(FairQueueTest, WhoComesAgainStandsBehindTheOthers) {
  push("1", 1);
  push("x", 2);
  queue.pop()();
  push("2", 1);
  push("y", 2);
  EXPECT_EQ(run_all(), "1x2y");
}

TEST_F(FairQueueTest, TheLongestLineGivesItsNewestPlace) {
  for (const char* name : {"1", "2", "3"}) push(name, 1);
  push("x", 2);
  EXPECT_TRUE(queue.make_room(3));
  EXPECT_EQ(queue.size(), 3U);
  push("y", 3);
  EXPECT_EQ(run_all(), "1xy2");
}

TEST_F(FairQueueTest, NobodyGivesAPlaceToWhoWouldThenHaveMore) {
  push("1", 1);
  push("2", 1);
  push("x", 2);
  EXPECT_FALSE(queue.make_room(2)) << "one place more would be as unfair as before";
  EXPECT_FALSE(queue.make_room(1)) << "its own line is the longest";
  EXPECT_EQ(run_all(), "1x2");
}

TEST_F(FairQueueTest, StepsUnderWayGiveNoPlace) {
  push("1", 1, Turn::Later);
  push("2", 1, Turn::First);
  push("3", 1, Turn::Later);
  EXPECT_TRUE(queue.make_room(2));
  EXPECT_FALSE(queue.make_room(2));
  EXPECT_EQ(run_all(), "13");
}

TEST_F(FairQueueTest, NothingCanBeTakenOutOfAnEmptyOne) { EXPECT_FALSE(queue.make_room(1)); }

}  // namespace
}  // namespace tidemark::http
