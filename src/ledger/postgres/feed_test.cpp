// A view that follows the feed gets every event once, in one order, whatever the writers do.

#include "ledger/postgres/feed.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <iterator>
#include <set>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/postgres_ledger.hpp"

namespace tidemark::ledger::postgres {
namespace {

using base::ErrorCode;
using testing::HasSubstr;
using testing_support::Follower;
using testing_support::kAugust2025;
using testing_support::MadeEntry;
using testing_support::uuid_text;

struct FeedTest : testing_support::PostgresLedgerTest {
  /// Batches of one entry with so many events each.
  void write_batches(std::initializer_list<std::uint64_t> sizes) {
    for (const auto size : sizes) {
      MadeEntry entry(++entries_);
      for (std::uint64_t at = 0; at < size; ++at) entry.add(uuid_text(++ids_));
      write({&entry});
    }
  }

  std::vector<std::uint64_t> positions(std::uint64_t after, const FeedBounds& bounds) {
    const auto page = feed.page(after, bounds);
    EXPECT_TRUE(page) << page.error().message();
    std::vector<std::uint64_t> positions;
    for (const auto& batch : page->batches) positions.push_back(batch.position);
    return positions;
  }

 private:
  std::uint64_t entries_ = 0;
  std::uint64_t ids_ = 0;
};

TEST_F(FeedTest, AnEmptyLedgerHasAHead) {
  const auto head = feed.head();
  ASSERT_TRUE(head) << head.error().message();
  EXPECT_EQ(head->position, 0U);
  EXPECT_EQ(head->events, 0U);
  EXPECT_TRUE(positions(0, {}).empty());
}

TEST_F(FeedTest, EventsComeInTheOrderOfTheirBatchesAndWithinAsTheyCame) {
  MadeEntry first(1);
  first.add("b", kAugust2025 + 2, "ann", R"({"n":1})").add("a", kAugust2025 + 1).add("b");
  MadeEntry second(2);
  second.add("c", 0).add("a");
  write({&first});
  write({&second});
  Follower follower(feed);
  ASSERT_TRUE(follower.follow());
  ASSERT_EQ(follower.events.size(), 3U);
  const std::array<std::string, 3> expected{"b", "a", "c"};
  for (std::size_t at = 0; at < expected.size(); ++at) {
    EXPECT_EQ(follower.events[at].id, expected.at(at));
    EXPECT_EQ(follower.events[at].sequence, at);
  }
  EXPECT_EQ(follower.events[0].properties, R"({"n":1})");
  EXPECT_EQ(follower.events[2].occurred_at, 0);
  EXPECT_EQ(feed.head()->events, 3U);
}

TEST_F(FeedTest, APageKeepsToItsBoundsButHasOneBatch) {
  write_batches({5, 5, 0, 5});
  EXPECT_THAT(positions(0, {}), testing::ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(positions(2, {}), testing::ElementsAre(3, 4));
  EXPECT_THAT(positions(4, {}), testing::IsEmpty());
  EXPECT_THAT(positions(0, {.batches_max = 2}), testing::ElementsAre(1, 2));
  EXPECT_THAT(positions(0, {.events_max = 10}), testing::ElementsAre(1, 2, 3));
  EXPECT_THAT(positions(0, {.events_max = 1}), testing::ElementsAre(1));
}

TEST_F(FeedTest, ALargeBatchComesInPiecesOfOneProject) {
  MadeEntry ours(1);
  MadeEntry theirs(2);
  theirs.of_project(7);
  for (std::uint64_t id = 0; id < 1'500; ++id) ours.add(uuid_text(id));
  for (std::uint64_t id = 0; id < 700; ++id) theirs.add(uuid_text(id));
  write({&ours, &theirs});
  const auto page = feed.page(0, {});
  ASSERT_TRUE(page);
  std::vector<std::pair<event::ProjectId, std::size_t>> pieces;
  event::Sequence next = 0;
  const auto read = feed.read(page->batches, [&](const event::ProjectRows& piece) {
    pieces.emplace_back(piece.project, piece.rows.size());
    for (const auto& row : piece.rows) EXPECT_EQ(row.sequence, next++);
    EXPECT_EQ(piece.rows.front().id.size(), event::kUuidTextBytes);
    return base::Status(base::ok);
  });
  ASSERT_TRUE(read) << read.error().message();
  const auto ours_id = event::ProjectId::Default;
  const auto theirs_id = static_cast<event::ProjectId>(7);
  EXPECT_THAT(pieces, testing::ElementsAre(std::pair(ours_id, 1'000), std::pair(ours_id, 500),
                                           std::pair(theirs_id, 700)));
}

TEST_F(FeedTest, TheOrderIsTheBatchesOwnWhereverTheRowsLie) {
  constexpr base::Micros kMonth = 31 * base::kMicrosPerDay;
  std::uint64_t number = 0;
  for (std::uint64_t batch = 1; batch <= 3; ++batch) {
    MadeEntry entry(batch);
    // Three partitions in turns.
    for (int i = 0; i < 60; ++i) entry.add(uuid_text(++number), kAugust2025 + i % 3 * kMonth);
    write({&entry});
  }
  // New versions of rows lie behind all others.
  ASSERT_TRUE(connection.run("UPDATE event SET received_at = received_at WHERE batch_row % 7 = 0"));
  Follower follower(feed);
  const auto followed = follower.follow();
  ASSERT_TRUE(followed) << followed.error().message();
  ASSERT_EQ(follower.events.size(), number);
  for (std::uint64_t at = 0; at < number; ++at) {
    EXPECT_EQ(follower.events[at].id, uuid_text(at + 1));
    EXPECT_EQ(follower.events[at].sequence, at);
  }
}

TEST_F(FeedTest, APageOfLargeEventsIsReadInHalves) {
  constexpr std::size_t kLarge = 60'000;
  constexpr std::uint64_t kOfABatch = 400;
  constexpr std::uint64_t kBatches = 3;
  static_assert(kLarge * kOfABatch * kBatches > PostgresFeed::kReadBytesMax);
  const std::string properties = R"({"n":")" + std::string(kLarge, 'x') + R"("})";
  std::uint64_t number = 0;
  for (std::uint64_t batch = 1; batch <= kBatches; ++batch) {
    MadeEntry entry(batch);
    for (std::uint64_t i = 0; i < kOfABatch; ++i) {
      entry.add(uuid_text(++number), kAugust2025, "ann", properties);
    }
    write({&entry});
  }
  const auto page = feed.page(0, {});
  ASSERT_TRUE(page);
  ASSERT_EQ(page->batches.size(), kBatches);
  event::Sequence next = 0;
  const auto read = feed.read(page->batches, [&](const event::ProjectRows& piece) {
    for (const auto& row : piece.rows) {
      EXPECT_EQ(row.sequence, next++);
      EXPECT_EQ(row.properties.size(), properties.size());
    }
    return base::Status(base::ok);
  });
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(next, number);
}

TEST_F(FeedTest, EntriesLeadToTheirPositions) {
  write_batches({1, 1});
  const std::array<event::EntryId, 3> entries{event::EntryId{.shard = 0, .millis = 1, .number = 2},
                                              event::EntryId{.shard = 1, .millis = 1, .number = 2},
                                              event::EntryId{.shard = 0, .millis = 1, .number = 1}};
  const auto positions = feed.positions_of(entries);
  ASSERT_TRUE(positions) << positions.error().message();
  EXPECT_THAT(*positions,
              testing::ElementsAre(testing::Optional(2U), std::nullopt, testing::Optional(1U)));
}

TEST_F(FeedTest, ASequenceLeadsToTheBatchesThatLieBeforeIt) {
  EXPECT_EQ(*feed.position_before(0), 0U);
  write_batches({3, 1, 2});
  // 0 to 2 are of the first batch, 3 of the second, 4 and 5 of the third.
  const std::array<std::uint64_t, 8> expected{0, 0, 0, 1, 2, 2, 3, 3};
  for (event::Sequence sequence = 0; sequence < expected.size(); ++sequence) {
    const auto position = feed.position_before(sequence);
    ASSERT_TRUE(position) << position.error().message();
    EXPECT_EQ(*position, expected[sequence]) << sequence;
  }
}

TEST_F(FeedTest, WhatAVisitorFailsWithEndsTheReading) {
  write_batches({1'500});
  const auto page = feed.page(0, {});
  ASSERT_TRUE(page);
  int calls = 0;
  const auto read = feed.read(page->batches, [&](const event::ProjectRows&) -> base::Status {
    ++calls;
    return base::Error(ErrorCode::Overloaded, "enough");
  });
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message(), "enough");
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(pool.figures().on_loan, 0U);
}

TEST_F(FeedTest, RowsThatSomebodyRemovedAreTold) {
  write_batches({3, 3});
  for (const auto* harm : {"DELETE FROM event WHERE batch_row = 2",
                           "DELETE FROM event WHERE batch_id = (SELECT max(batch_id) FROM event)",
                           "DELETE FROM event_batch WHERE position = 1"}) {
    ASSERT_TRUE(connection.run(harm));
    Follower follower(feed);
    const auto followed = follower.follow();
    ASSERT_FALSE(followed) << harm;
    EXPECT_EQ(followed.error().code(), ErrorCode::Corrupt) << followed.error().message();
  }
}

TEST_F(FeedTest, UnderFourWritersAFollowerMissesNothingAndSeesNothingTwice) {
  constexpr std::uint32_t kWriters = 4;
  constexpr std::uint64_t kBatches = 40;
  constexpr std::uint64_t kIds = 25;
  std::atomic<std::uint32_t> working = kWriters;
  std::vector<std::thread> writers;
  for (std::uint32_t self = 0; self < kWriters; ++self) {
    writers.emplace_back([&, self] {
      PostgresWriter own({.url = url});
      for (std::uint64_t number = 0; number < kBatches; ++number) {
        MadeEntry entry(number, self);
        // A fifth of them overlap with those of the next writer.
        const auto first = (number * kWriters + self) * kIds * 4 / 5;
        for (std::uint64_t at = 0; at < kIds; ++at) entry.add(uuid_text(first + at));
        if (number % 8 == 7) entry.add("bad", kAugust2025, "\xFF");  // rolls back: no gap from it
        const std::vector<EntryEvents> batch{entry.events()};
        auto written = own.write(batch);
        // Two writers with some of the same ids may be in each other's way: then one tries again.
        while (!written && written.error().code() == ErrorCode::Conflict)
          written = own.write(batch);
        EXPECT_EQ(static_cast<bool>(written), number % 8 != 7);
      }
      --working;
    });
  }
  Follower follower(feed);
  while (working != 0) EXPECT_TRUE(follower.follow({.batches_max = 7}));
  EXPECT_TRUE(follower.follow());
  for (auto& each : writers) each.join();

  EXPECT_EQ(follower.position, kWriters * kBatches * 7 / 8);
  std::set<std::string> ids;
  for (std::size_t at = 0; at < follower.events.size(); ++at) {
    ASSERT_EQ(follower.events[at].sequence, at);
    ids.insert(follower.events[at].id);
  }
  EXPECT_EQ(ids.size(), follower.events.size());
  EXPECT_EQ(integer("SELECT count(*) FROM event"), std::ssize(follower.events));
  EXPECT_EQ(feed.head()->events, follower.events.size());
  Follower again(feed);
  ASSERT_TRUE(again.follow());
  EXPECT_TRUE(std::ranges::equal(again.events, follower.events, {}, &testing_support::ReadEvent::id,
                                 &testing_support::ReadEvent::id));
}

TEST(WriterEpoch, WhoAskedForTheHistoryWritesToNoOther) {
  testing_support::PostgresServer server;
  ASSERT_TRUE(migrate_up({.url = server.url()}));
  PostgresWriter writer({.url = server.url()});
  const auto epoch = writer.epoch();
  ASSERT_TRUE(epoch) << epoch.error().message();
  testing_support::MadeEntry entry(1);
  entry.add("a");
  const std::array batch{entry.events()};
  ASSERT_TRUE(writer.write(batch));
  server.start_on_new_timeline();
  testing_support::MadeEntry later(2);
  later.add("b");
  const std::array next{later.events()};
  auto written = writer.write(next);  // of the connection that is gone
  while (!written && written.error().code() == base::ErrorCode::Unavailable) {
    written = writer.write(next);
  }
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code(), base::ErrorCode::Conflict) << written.error().message();
  const auto other = writer.epoch();
  ASSERT_TRUE(other) << other.error().message();
  EXPECT_NE(*other, *epoch);
  EXPECT_TRUE(writer.write(next));
}

TEST(FeedEpoch, ChangesWithTheTimelineAndNotWithARestart) {
  testing_support::PostgresServer server;
  const auto epoch_of = [&](const std::string& url) {
    clients::postgres::Pool pool({.url = url}, {});
    const auto head = PostgresFeed(pool).head();
    EXPECT_TRUE(head) << head.error().message();
    return head ? head->epoch : std::string();
  };
  const auto url = server.url();
  ASSERT_TRUE(migrate_up({.url = url}));
  const auto epoch = epoch_of(url);
  server.stop();
  server.start();
  EXPECT_EQ(epoch_of(url), epoch);
  server.kill();
  server.start();
  EXPECT_EQ(epoch_of(url), epoch);
  server.start_on_new_timeline();
  EXPECT_NE(epoch_of(url), epoch);
  EXPECT_THAT(epoch_of(url), HasSubstr("/00000002"));
  const auto other = server.new_database();
  ASSERT_TRUE(migrate_up({.url = other}));
  EXPECT_NE(epoch_of(other), epoch_of(url));
}

}  // namespace
}  // namespace tidemark::ledger::postgres
