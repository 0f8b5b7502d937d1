// Each event once, whoever sends it again: in the batch, in another one, by another writer.

#include "ledger/postgres/writer.hpp"

#include <array>
#include <atomic>
#include <barrier>
#include <functional>
#include <optional>
#include <random>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "event/limits.hpp"
#include "ledger/postgres/forget_entries.hpp"
#include "support/postgres_ledger.hpp"

namespace tidemark::ledger::postgres {
namespace {

using base::ErrorCode;
using testing::HasSubstr;
using testing_support::kAugust2025;
using testing_support::MadeEntry;
using testing_support::uuid_text;
using WriterTest = testing_support::PostgresLedgerTest;

TEST_F(WriterTest, ABatchIsStoredAsItCame) {
  MadeEntry entry(1);
  entry.add(uuid_text(7), kAugust2025, "ann", R"({"a":1.50})").add("order-1", kAugust2025 + 1);
  const auto written = write({&entry});
  EXPECT_EQ(written.position, 1U);
  EXPECT_EQ(written.accepted, 2U);
  EXPECT_EQ(written.duplicates, 0U);
  auto rows = connection.exec(
      "SELECT event_key::text, event_text, user_id, event_type, properties, occurred_at, "
      "received_at, project, batch_row FROM event ORDER BY batch_row");
  ASSERT_TRUE(rows) << rows.error().message();
  ASSERT_EQ(rows->size(), 2U);
  const auto first = (*rows)[0];
  EXPECT_EQ(first.text(0), uuid_text(7));
  EXPECT_TRUE(first.is_null(1));
  EXPECT_EQ(first.text(2), "ann");
  EXPECT_EQ(first.text(3), "login");
  EXPECT_EQ(first.text(4), R"({"a":1.50})");
  EXPECT_EQ(first.instant(5), kAugust2025);
  EXPECT_EQ(first.instant(6), kAugust2025 + base::kMicrosPerSecond);
  EXPECT_EQ(first.integer(7), 0);
  EXPECT_EQ((*rows)[1].text(1), "order-1");
  EXPECT_EQ(integer("SELECT count(*) FROM event JOIN event_id USING (event_key, project, "
                    "batch_id, occurred_at)"),
            2);
}

TEST_F(WriterTest, OfTwoRowsWithOneIdTheFirstStays) {
  MadeEntry entry(1);
  entry.add("a", kAugust2025, "first").add("a", kAugust2025, "second").add("b");
  auto written = write({&entry});
  EXPECT_EQ(written.accepted, 2U);
  EXPECT_EQ(written.duplicates, 1U);
  MadeEntry later(2);
  later.add("a", kAugust2025 + 1, "third").add("c");
  written = write({&later});
  EXPECT_EQ(written.position, 2U);
  EXPECT_EQ(written.accepted, 1U);
  EXPECT_EQ(written.duplicates, 1U);
  EXPECT_EQ(integer("SELECT count(*) FROM event"), 3);
  EXPECT_EQ(integer("SELECT count(*) FROM event WHERE event_text = 'a' AND user_id = 'first'"), 1);
}

TEST_F(WriterTest, AnIdIsOfItsProjectAndATextIsNoUuid) {
  MadeEntry ours(1);
  ours.add("a").add(uuid_text(1));
  MadeEntry theirs(2);
  theirs.of_project(5).add("a").add(uuid_text(1));
  EXPECT_EQ(write({&ours, &theirs}).accepted, 4U);
}

TEST_F(WriterTest, ARedeliveredEntryIsKnownWithItsPosition) {
  MadeEntry first(1);
  first.add("a");
  MadeEntry second(2);
  second.add("b");
  write({&first});
  write({&second});
  const auto again = write({&first});
  EXPECT_EQ(again.position, 1U);
  EXPECT_EQ(again.accepted + again.duplicates, 0U);
  EXPECT_EQ(again.repeated_entries, 1U);
  MadeEntry third(3);
  third.add("c").add("a");
  const auto mixed = write({&third, &second, &first, &third});
  EXPECT_EQ(mixed.position, 3U);
  EXPECT_EQ(mixed.accepted, 1U);
  EXPECT_EQ(mixed.duplicates, 1U);
  EXPECT_EQ(mixed.repeated_entries, 3U);  // one of them within the batch
  EXPECT_EQ(integer("SELECT position FROM feed_head"), 3);
}

// After a failover the stream may give the name of an entry that was lost once more.
TEST_F(WriterTest, AnEntryOfAKnownNameAndOtherContentIsNew) {
  MadeEntry lost(1);
  lost.add("a");
  MadeEntry given_again(1);
  given_again.add("b");
  write({&lost});
  const auto written = write({&given_again});
  EXPECT_EQ(written.accepted, 1U);
  EXPECT_EQ(written.position, 2U);
  EXPECT_EQ(integer("SELECT count(*) FROM event"), 2);
}

TEST_F(WriterTest, OldEntriesAreForgottenAndComeAgainAsDuplicates) {
  MadeEntry first(1);
  first.add("a");
  MadeEntry second(2, 1);
  second.add("b");
  write({&first});
  write({&second});
  const auto forget = [&](const ForgetBounds& bounds) {
    const auto forgotten = forget_entries(connection, bounds);
    EXPECT_TRUE(forgotten) << forgotten.error().message();
    return forgotten ? *forgotten : 0;
  };
  EXPECT_EQ(forget({.shards = 2, .before_millis = 1}), 0U);
  EXPECT_EQ(forget({.shards = 1, .before_millis = 2}), 1U);
  EXPECT_EQ(forget({.shards = 2, .before_millis = 2}), 1U);
  const auto again = write({&first});
  EXPECT_EQ(again.duplicates, 1U);
  EXPECT_EQ(again.position, 3U);
}

TEST_F(WriterTest, ATryTellsWhatWouldBecomeOfABatchAndChangesNothing) {
  MadeEntry entry(1);
  entry.add("a").add("a").add("b");
  const std::array<EntryEvents, 1> batch{entry.events()};
  const auto tried = writer.write(batch, Writer::Mode::Try);
  ASSERT_TRUE(tried) << tried.error().message();
  EXPECT_EQ(tried->accepted, 2U);
  EXPECT_EQ(tried->duplicates, 1U);
  EXPECT_EQ(integer("SELECT count(*) FROM event_id"), 0);
  EXPECT_EQ(integer("SELECT count(*) FROM stream_entry"), 0);
  EXPECT_EQ(integer("SELECT position FROM feed_head"), 0);
  EXPECT_EQ(write({&entry}).accepted, 2U);
}

TEST_F(WriterTest, UpkeepMakesTheMonthsToComeAndForgetsOldEntries) {
  MadeEntry entry(1);
  entry.add("a");
  write({&entry});
  const auto partitions = [&] {
    return integer(
        "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relname LIKE 'event\\_2031\\_%'");
  };
  EXPECT_EQ(partitions(), 0);
  constexpr base::Micros kJanuary2031 = 1'925'000'000 * base::kMicrosPerSecond;
  const auto kept = writer.upkeep(kJanuary2031, {.shards = 1, .before_millis = 2});
  ASSERT_TRUE(kept) << kept.error().message();
  EXPECT_EQ(partitions(), 3);
  EXPECT_EQ(integer("SELECT count(*) FROM stream_entry"), 0);
  EXPECT_EQ(integer("SELECT count(*) FROM event"), 1);
}

TEST_F(WriterTest, ABatchOfNothingButDuplicatesHasAPosition) {
  MadeEntry first(1);
  first.add("a");
  MadeEntry second(2);
  second.add("a");
  const MadeEntry empty(3);
  write({&first});
  EXPECT_EQ(write({&second}).position, 2U);
  EXPECT_EQ(write({&empty}).position, 3U);
  EXPECT_EQ(integer("SELECT count(*) FROM event_batch WHERE events = 0"), 2);
}

TEST_F(WriterTest, EveryYearThatAnEventMayHaveFindsAPartition) {
  MadeEntry entry(1);
  entry.add("1970", event::kOccurredAtMin)
      .add("1999", 946'684'800 * base::kMicrosPerSecond - 1)
      .add("2000", 946'684'800 * base::kMicrosPerSecond)
      .add("2024", 1'709'164'800 * base::kMicrosPerSecond)  // 29 February
      .add("2099", 4'102'444'800 * base::kMicrosPerSecond - 1)
      .add("2100", 4'102'444'800 * base::kMicrosPerSecond)
      .add("2200", event::kOccurredAtEnd - 1);
  EXPECT_EQ(write({&entry}).accepted, 7U);
  EXPECT_EQ(integer("SELECT count(*) FROM event WHERE tableoid = to_regclass(CASE "
                    "WHEN event_text < '2000' THEN 'event_before_2000' "
                    "WHEN event_text >= '2100' THEN 'event_from_2100' "
                    "ELSE to_char(occurred_at, '\"event\"_YYYY_MM') END)"),
            7);
}

TEST_F(WriterTest, ABatchThatNothingTakesLeavesNothingAndTheWriterGoesOn) {
  MadeEntry good(1);
  good.add("a");
  MadeEntry bad(2);
  bad.add("b").add("c", kAugust2025, "no UTF-8: \xFF");
  const std::vector<EntryEvents> batch{good.events(), bad.events()};
  const auto refused = writer.write(batch);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::InvalidInput);
  EXPECT_THAT(refused.error().message(), HasSubstr("writing a batch to PostgreSQL"));
  EXPECT_EQ(integer("SELECT count(*) FROM event") + integer("SELECT count(*) FROM stream_entry"),
            0);
  EXPECT_EQ(write({&good}).position, 1U);
}

TEST_F(WriterTest, ALostConnectionIsMadeAnew) {
  MadeEntry first(1);
  first.add("a");
  write({&first});
  ASSERT_TRUE(
      connection.exec("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
                      "WHERE datname = current_database() AND pid <> pg_backend_pid()"));
  MadeEntry second(2);
  second.add("b");
  EXPECT_EQ(write({&second}).position, 2U);
}

TEST_F(WriterTest, WithoutASchemaItSaysWhatToDo) {
  PostgresWriter early({.url = testing_support::shared_postgres().new_database()});
  MadeEntry entry(1);
  entry.add("a");
  const std::vector<EntryEvents> batch{entry.events()};
  const auto refused = early.write(batch);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::Unavailable);
  EXPECT_THAT(refused.error().message(), HasSubstr("migrate up"));
}

/// Two threads, each of which writes an entry a round, at the same time as the other one.
struct WritersTogether {
  using Fill = std::function<void(std::uint32_t self, std::uint64_t round, MadeEntry& entry)>;

  /// With `anew`, a writer that supposes in each round that all ids are new.
  WritersTogether(const std::string& url, std::uint64_t rounds, bool anew, const Fill& fill) {
    std::barrier together(2);
    const auto work = [&](std::uint32_t self) {
      std::optional<PostgresWriter> writer;
      for (std::uint64_t round = 0; round < rounds; ++round) {
        if (anew || !writer) writer.emplace(clients::postgres::Options{.url = url});
        MadeEntry entry(round, self);
        fill(self, round, entry);
        const std::vector<EntryEvents> batch{entry.events()};
        together.arrive_and_wait();
        auto written = writer->write(batch);
        for (; !written && written.error().code() == ErrorCode::Conflict; ++conflicts) {
          written = writer->write(batch);
        }
        if (written) {
          accepted += written->accepted;
        } else {
          failures.at(self) = written.error().message();
        }
      }
    };
    std::thread other(work, 1);
    work(0);
    other.join();
  }

  std::atomic<std::size_t> accepted = 0;
  std::atomic<std::size_t> conflicts = 0;  // tried again
  std::array<std::string, 2> failures;
};

// Unsorted, the two would wait for each other's ids; a deadlock is an error of one of them.
TEST_F(WriterTest, TwoWritersWithTheSameIdsInOppositeOrderDoNotWaitForEachOther) {
  constexpr std::uint64_t kRounds = 12;
  constexpr std::uint64_t kIds = 2'000;
  const WritersTogether both(url, kRounds, false, [](auto self, auto round, MadeEntry& entry) {
    for (std::uint64_t at = 0; at < kIds; ++at) {
      entry.add(uuid_text(round * kIds + (self == 0 ? at : kIds - 1 - at)));
    }
  });
  EXPECT_EQ(both.failures[0] + both.failures[1], "");
  EXPECT_EQ(both.conflicts, 0U);
  EXPECT_EQ(both.accepted, kRounds * kIds);
  EXPECT_EQ(integer("SELECT count(*) FROM event"), integer("SELECT count(*) FROM event_id"));
  EXPECT_EQ(integer("SELECT count(DISTINCT event_key) FROM event"), std::int64_t{kRounds * kIds});
}

// COPY puts ids by thousands, each partition's together: two batches that share some come to wait
// for each other there.
TEST_F(WriterTest, TwoWritersWithSomeOfTheSameIdsComeToAnEndAndStoreEachOnce) {
  constexpr std::uint64_t kRounds = 60;
  constexpr std::uint64_t kIds = 300;
  ASSERT_TRUE(
      connection.run("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET deadlock_timeout = "
                     "10', current_database()); END $$"));
  const WritersTogether both(url, kRounds, true, [](auto self, auto round, MadeEntry& entry) {
    std::mt19937_64 random(2 * round + self);
    for (std::uint64_t at = 0; at < kIds; ++at) {
      entry.add(uuid_text(round * kIds + at));
      for (auto more = random() % 3; more > 0; --more) {
        entry.add(uuid_text(random() | 1ULL << 63U));
      }
    }
  });
  EXPECT_EQ(both.failures[0] + both.failures[1], "");
  const auto stored = integer("SELECT count(*) FROM event");
  EXPECT_EQ(both.accepted, static_cast<std::size_t>(stored));
  EXPECT_EQ(stored, integer("SELECT count(*) FROM event_id"));
  EXPECT_EQ(stored, integer("SELECT count(DISTINCT event_key) FROM event"));
  EXPECT_GE(stored, std::int64_t{kRounds * kIds});
}

TEST_F(WriterTest, TwoWritersWithTheSameEntryStoreItOnce) {
  MadeEntry entry(1);
  entry.add("a");
  const std::vector<EntryEvents> batch{entry.events()};
  std::array<std::uint64_t, 2> positions{};
  const auto work = [&](std::size_t self) {
    PostgresWriter own({.url = url});
    const auto written = own.write(batch);
    EXPECT_TRUE(written) << written.error().message();
    if (written) positions.at(self) = written->position;
  };
  std::thread other(work, 1);
  work(0);
  other.join();
  EXPECT_EQ(positions[0], 1U);
  EXPECT_EQ(positions[1], 1U);
  EXPECT_EQ(integer("SELECT position FROM feed_head"), 1);
}

}  // namespace
}  // namespace tidemark::ledger::postgres
