#pragma once

/// A ledger in a database of the test's own, and events to put into it.

#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "clients/postgres/pool.hpp"
#include "event/event_id.hpp"
#include "ledger/postgres/feed.hpp"
#include "ledger/postgres/migrations.hpp"
#include "ledger/postgres/writer.hpp"
#include "support/postgres_fixture.hpp"

namespace tidemark::testing_support {

inline constexpr base::Micros kAugust2025 = 1'754'006'400 * base::kMicrosPerSecond;

/// The UUID of this number, as text.
inline std::string uuid_text(std::uint64_t number) {
  std::string text(event::kUuidTextBytes, '\0');
  // Scattered, as most senders' ids are.
  event::write_uuid({.high = number * 0x9E37'79B9'7F4A'7C15, .low = number}, text.data());
  return text;
}

/// Events of one entry, and the texts that they point into.
class MadeEntry {
 public:
  explicit MadeEntry(std::uint64_t number, std::uint32_t shard = 0) {
    made_.entry = {.shard = shard, .millis = 1, .number = number};
    made_.received_at = kAugust2025 + base::kMicrosPerSecond;
  }

  MadeEntry& add(std::string_view id, base::Micros occurred_at = kAugust2025,
                 std::string_view user_id = "ann", std::string_view properties = "{}") {
    auto& row = rows_.emplace_back();
    row.id = kept(id);
    row.user_id = kept(user_id);
    row.event_type = "login";
    row.properties = kept(properties);
    row.occurred_at = occurred_at;
    return *this;
  }
  MadeEntry& of_project(std::uint32_t project) {
    made_.project = static_cast<event::ProjectId>(project);
    return *this;
  }

  /// Lifetime: as long as this, and until more are added.
  [[nodiscard]] ledger::EntryEvents events() const {
    auto events = made_;
    events.rows = rows_;
    return events;
  }

 private:
  std::string_view kept(std::string_view text) { return texts_.emplace_back(text); }

  ledger::EntryEvents made_;
  std::deque<std::string> texts_;
  std::vector<event::Row> rows_;
};

/// An event that was read, and what its views pointed to.
struct ReadEvent {
  std::uint64_t sequence = 0;
  std::string id;
  std::string user_id;
  std::string properties;
  base::Micros occurred_at = 0;
  event::ProjectId project = event::ProjectId::Default;
};

/// Follows a feed as a view does: in order, from where it was.
class Follower {
 public:
  explicit Follower(ledger::Feed& feed) : feed_(feed) {}

  /// Reads what is new, and says whether all of it could be.
  base::Status follow(const ledger::FeedBounds& bounds = {}) {
    for (;;) {
      auto page = feed_.page(position, bounds);
      if (!page) return page.error();
      if (page->batches.empty()) return base::ok;
      auto read = feed_.read(page->batches, [&](const event::ProjectRows& piece) {
        for (const auto& row : piece.rows) {
          events.push_back({row.sequence, std::string(row.id), std::string(row.user_id),
                            std::string(row.properties), row.occurred_at, piece.project});
        }
        return base::Status(base::ok);
      });
      if (!read) return read.error();
      position = page->batches.back().position;
    }
  }

  std::uint64_t position = 0;
  std::vector<ReadEvent> events;

 private:
  ledger::Feed& feed_;
};

struct PostgresLedgerTest : PostgresTest {
  PostgresLedgerTest() {
    auto applied = ledger::postgres::migrate_up({.url = url});
    EXPECT_TRUE(applied) << applied.error().message();
  }

  /// Writes entries with a writer of the test's.
  ledger::Written write(std::initializer_list<const MadeEntry*> entries) {
    std::vector<ledger::EntryEvents> batch;
    for (const auto* entry : entries) batch.push_back(entry->events());
    auto written = writer.write(batch);
    EXPECT_TRUE(written) << written.error().message();
    return written ? *written : ledger::Written{};
  }

  ledger::postgres::PostgresWriter writer{{.url = url}};
  clients::postgres::Pool pool{{.url = url}, {}};
  ledger::postgres::PostgresFeed feed{pool};
};

}  // namespace tidemark::testing_support
