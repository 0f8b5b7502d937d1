// A listener's queue by itself: order, bounds, gaps, heartbeats, and that nobody is woken in vain
// or forgotten.

#include "views/live/listener.hpp"

#include <gmock/gmock.h>

#include "views/live/rows_for_test.hpp"

namespace tidemark::views::live {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::size_t kMuch = 1U << 20U;

/// One event as a chunk of at least `bytes`.
ChunkPtr chunk(event::Sequence sequence, std::size_t bytes = 0) {
  Chunk made;
  made.text = "id: x\ndata: {\"event_id\":\"e-" + std::to_string(sequence) +
              R"(","event_type":"t"})" + std::string(bytes, ' ') + "\n\n";
  made.events = 1;
  made.end = sequence + 1;
  return std::make_shared<const Chunk>(std::move(made));
}

struct ListenerTest : testing::Test {
  std::shared_ptr<Counts> counts = std::make_shared<Counts>();
  Listener listener{everything(), 0, counts};
  int woken = 0;

  void wait() {
    listener.when_ready([this] { ++woken; });
  }
};

TEST_F(ListenerTest, WhatWasPutIsTakenInOrderAndOnce) {
  listener.put(chunk(0), kMuch);
  listener.put(chunk(1), kMuch);
  EXPECT_THAT(told(listener.take()), ElementsAre("e-0:t", "e-1:t"));
  EXPECT_THAT(listener.take(), IsEmpty());
  EXPECT_EQ(counts->sent, 2U);
}

TEST_F(ListenerTest, WhatDoesNotFitGoesFromTheOldestOnAndIsToldInItsPlace) {
  for (event::Sequence i = 0; i < 10; ++i) listener.put(chunk(i, 1'000), 3'600);
  const auto text = listener.take();
  EXPECT_THAT(told(text), ElementsAre("missed 7", "e-7:t", "e-8:t", "e-9:t"));
  EXPECT_NE(text.find("event: missed\nid: AAAAAAAAAAc\ndata: {\"missed\":7}\n\n"),
            std::string::npos)
      << "it goes on at position 7: " << text.substr(0, 200);
  EXPECT_EQ(counts->missed, 7U);
  EXPECT_EQ(counts->sent, 3U);
}

TEST_F(ListenerTest, OneChunkWaitsHoweverLargeItIs) {
  listener.put(chunk(0), 10);
  EXPECT_THAT(told(listener.take()), ElementsAre("e-0:t"));
  listener.put(chunk(1), 10);
  listener.put(chunk(2), 10);
  EXPECT_THAT(told(listener.take()), ElementsAre("missed 1", "e-2:t"));
}

TEST_F(ListenerTest, GapsAndChunksKeepTheirOrderAndGapsThatTouchAreOne) {
  listener.put(chunk(0), kMuch);
  listener.miss(3, 4);
  listener.miss(2, 6);
  listener.put(chunk(6), kMuch);
  EXPECT_THAT(told(listener.take()), ElementsAre("e-0:t", "missed 5", "e-6:t"));
}

TEST_F(ListenerTest, AGapThatIsDroppedStillCounts) {
  listener.put(chunk(0, 1'000), kMuch);
  listener.miss(3, 4);
  listener.put(chunk(4, 1'000), 1'500);
  EXPECT_THAT(told(listener.take()), ElementsAre("missed 4", "e-4:t"));
}

TEST_F(ListenerTest, OneTakeIsBounded) {
  for (event::Sequence i = 0; i < 10; ++i) listener.put(chunk(i, 30'000), kMuch);
  const auto first = listener.take();
  EXPECT_LE(first.size(), Listener::kTakenBytesMax);
  EXPECT_THAT(told(first), ElementsAre("e-0:t", "e-1:t"));
}

TEST_F(ListenerTest, WhoWaitsIsWokenOnceAndWhoComesLaterAtOnce) {
  wait();
  EXPECT_EQ(woken, 0);
  listener.put(chunk(0), kMuch);
  listener.put(chunk(1), kMuch);
  EXPECT_EQ(woken, 1);
  wait();
  EXPECT_EQ(woken, 2) << "there is something to take";
  std::ignore = listener.take();
  wait();
  EXPECT_EQ(woken, 2);
}

TEST_F(ListenerTest, ThatItBegunIsToldHoweverTheTwoMeet) {
  EXPECT_EQ(listener.begins(), std::nullopt);
  listener.begin(7);
  wait();
  EXPECT_EQ(woken, 1) << "it began between the look and the wait";
  EXPECT_EQ(listener.begins(), 7U);
  wait();
  EXPECT_EQ(woken, 1) << "that is known";
}

TEST_F(ListenerTest, SilenceIsBrokenByAHeartbeatThatKnowsThePosition) {
  listener.begin(2);
  EXPECT_TRUE(listener.begins());
  wait();
  for (int i = 1; i < Listener::kHeartbeatTicks; ++i) listener.tick(9);
  EXPECT_EQ(woken, 0);
  listener.tick(9);
  EXPECT_EQ(woken, 1);
  EXPECT_EQ(listener.take(), ": heartbeat\nid: AAAAAAAAAAk\n\n");
  EXPECT_THAT(listener.take(), IsEmpty());
  for (int i = 1; i < Listener::kHeartbeatTicks; ++i) listener.tick(12);
  listener.put(chunk(12), kMuch);
  EXPECT_THAT(told(listener.take()), ElementsAre("e-12:t"));
  listener.tick(13);
  EXPECT_THAT(listener.take(), IsEmpty()) << "an event is as good as a heartbeat";
}

TEST_F(ListenerTest, AfterTheEndWhatWaitsCanStillBeTaken) {
  listener.put(chunk(0), kMuch);
  listener.end();
  EXPECT_TRUE(listener.ended());
  EXPECT_THAT(told(listener.take()), ElementsAre("e-0:t"));
  wait();
  EXPECT_EQ(woken, 1);
}

TEST_F(ListenerTest, WhoLeavesIsGivenNothingMore) {
  listener.put(chunk(0), kMuch);
  wait();
  listener.leave();
  listener.put(chunk(1), kMuch);
  EXPECT_TRUE(listener.ended());
  EXPECT_THAT(listener.take(), IsEmpty());
}

TEST(Listeners, AreCountedWhileTheyLive) {
  const auto counts = std::make_shared<Counts>();
  {
    const Listener one(everything(), 0, counts);
    EXPECT_EQ(counts->listeners, 1U);
  }
  EXPECT_EQ(counts->listeners, 0U);
  EXPECT_EQ(counts->departures, 1U);
}

}  // namespace
}  // namespace tidemark::views::live
