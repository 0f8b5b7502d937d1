// Each month has its partition in time, and making one locks nobody out.

#include "ledger/postgres/partitions.hpp"

#include <barrier>
#include <thread>

#include <gtest/gtest.h>

#include "clients/postgres/transaction.hpp"
#include "event/limits.hpp"
#include "support/postgres_ledger.hpp"

namespace tidemark::ledger::postgres {
namespace {

using PartitionsTest = testing_support::PostgresLedgerTest;
using testing_support::kAugust2025;

constexpr std::string_view kCount =
    "SELECT count(*) FROM pg_inherits WHERE inhparent = 'event'::regclass";

TEST(Month, IsOfUtcAndOnlyFrom2000To2099) {
  EXPECT_FALSE(month_of(event::kOccurredAtMin));
  EXPECT_FALSE(month_of(946'684'800 * base::kMicrosPerSecond - 1));
  EXPECT_EQ(month_of(946'684'800 * base::kMicrosPerSecond), Month{0});
  EXPECT_EQ(month_of(kAugust2025), Month{25 * 12 + 7});
  EXPECT_EQ(month_of(kAugust2025 - 1), Month{25 * 12 + 6});
  EXPECT_EQ(month_of(4'102'444'800 * base::kMicrosPerSecond - 1), Month{1'199});
  EXPECT_FALSE(month_of(4'102'444'800 * base::kMicrosPerSecond));
  EXPECT_FALSE(month_of(event::kOccurredAtEnd - 1));
  EXPECT_EQ(partition_name({0}), "event_2000_01");
  EXPECT_EQ(partition_name({25 * 12 + 11}), "event_2025_12");
}

TEST_F(PartitionsTest, SeveralMayMakeTheSameAtOnce) {
  std::barrier together(4);
  std::vector<std::thread> makers;
  for (int maker = 0; maker < 4; ++maker) {
    makers.emplace_back([&] {
      auto own = connect();
      Partitions partitions;
      together.arrive_and_wait();
      const auto made = partitions.make(own, {Month{1}, Month{2}, Month{3}});
      EXPECT_TRUE(made) << made.error().message();
    });
  }
  for (auto& maker : makers) maker.join();
  EXPECT_EQ(integer(std::string(kCount)), 3 + 2);
}

TEST_F(PartitionsTest, AReaderAndAWriterThatAreWithinATransactionDoNotHinderIt) {
  auto reader = connect();
  auto reading = clients::postgres::Transaction::begin(reader);
  ASSERT_TRUE(reading);
  ASSERT_TRUE(reader.exec("SELECT count(*) FROM event"));
  auto other = connect();
  auto writing = clients::postgres::Transaction::begin(other);
  ASSERT_TRUE(writing);
  ASSERT_TRUE(
      other.exec("INSERT INTO event VALUES ('1980-01-01Z', now(), 1, 0, 0, "
                 "gen_random_uuid(), NULL, 'ann', 'login', '{}')"));
  ASSERT_TRUE(connection.run("SET lock_timeout = '1s'"));
  Partitions partitions;
  const auto made = partitions.make(connection, {Month{1}});
  EXPECT_TRUE(made) << made.error().message();
  // Nor do they lock anybody out, before the one who makes them is done.
  auto making = clients::postgres::Transaction::begin(connection);
  ASSERT_TRUE(making);
  ASSERT_TRUE(
      connection.run("CREATE TABLE beside (LIKE event INCLUDING ALL); ALTER TABLE event "
                     "ATTACH PARTITION beside FOR VALUES FROM ('2001-01-01Z') TO "
                     "('2001-02-01Z')"));
  ASSERT_TRUE(reader.run("SET lock_timeout = '1s'"));
  EXPECT_TRUE(reader.exec("SELECT count(*) FROM event"));
}

TEST_F(PartitionsTest, TheNextMonthsAreMadeAhead) {
  Partitions partitions;
  ASSERT_TRUE(partitions.make_ahead(connection, kAugust2025));
  EXPECT_EQ(integer("SELECT count(*) FROM pg_inherits WHERE inhrelid IN "
                    "('event_2025_08'::regclass, 'event_2025_09'::regclass, "
                    "'event_2025_10'::regclass)"),
            3);
  ASSERT_TRUE(partitions.make_ahead(connection, 4'102'444'800 * base::kMicrosPerSecond - 1));
  ASSERT_TRUE(partitions.make_ahead(connection, event::kOccurredAtEnd - 1));
  EXPECT_EQ(integer(std::string(kCount)), 4 + 2);
}

TEST_F(PartitionsTest, APartitionHasTheIndexesOfItsParent) {
  Partitions partitions;
  ASSERT_TRUE(partitions.make(connection, {Month{1}}));
  EXPECT_EQ(integer("SELECT count(*) FROM pg_indexes WHERE tablename = 'event_2000_02'"),
            integer("SELECT count(*) FROM pg_indexes WHERE tablename = 'event'"));
}

}  // namespace
}  // namespace tidemark::ledger::postgres
