// PostgreSQL as an engine, on a real server: at which position it answers, which events a segment
// selects, and how a question ends that nobody waits for. That its figures are those of the other
// engines is tried on random worlds in tests/contract.

#include "views/postgres/engine.hpp"

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "archive/manifest.hpp"
#include "support/postgres_events.hpp"
#include "support/postgres_fixture.hpp"

namespace tidemark::views::postgres {
namespace {

using base::ErrorCode;
using testing_support::PostgresEvents;
using testing_support::PostgresTest;

constexpr event::LocalDay kDay{20'301};  // 2025-08-01

struct PostgresEngineTest : PostgresTest {
  PostgresEvents events{url};
  PostgresEngine engine{{.url = url}};
  query::Cancellation cancellation;

  /// An event a call, all of them of one day.
  static std::string event(int number, const std::string& type = "login",
                           const std::string& properties = "{}") {
    return R"({"event_id":"e)" + std::to_string(number) +
           R"(","occurred_at":"2025-08-01T10:00:00Z","user_id":"u)" + std::to_string(number) +
           R"(","event_type":")" + type + R"(","properties":)" + properties + "}\n";
  }
  static query::Visible at(event::Sequence position) {
    return {.position = position,
            .views = {},
            .tail = {},
            .manifest = std::make_shared<archive::Manifest>()};
  }
  static query::ActiveUsers actives(event::ProjectId project = event::ProjectId::Default) {
    return {.scope = {.project = project, .zone = event::utc(), .segment = {}},
            .range = {kDay, kDay}};
  }
  static query::TopEvents types(query::Segment segment) {
    return {.scope = {.zone = event::utc(), .segment = std::move(segment)},
            .range = {kDay, kDay},
            .limit = 1'000};
  }
  static query::Segment segment(const std::string& text) {
    auto condition = query::parse_condition(text);
    EXPECT_TRUE(condition) << text << ": " << condition.error().message();
    return {.conditions = {*condition}};
  }

  base::Result<query::Answer> ask(const query::Question& question, event::Sequence position) {
    return engine.answer(question, at(position), cancellation, false);
  }
  std::uint64_t users_at(event::Sequence position) {
    auto answer = ask(actives(), position);
    EXPECT_TRUE(answer) << answer.error().message();
    return answer ? answer->data.values<std::uint64_t>("active_users").at(0) : 999'999;
  }
};

TEST_F(PostgresEngineTest, AnEmptyLedgerHasNoUsers) { EXPECT_EQ(users_at(0), 0U); }

TEST_F(PostgresEngineTest, EveryPositionHasItsEventsAndNoOther) {
  for (int batch = 0; batch < 4; ++batch) {
    std::string ndjson;
    // Every second one is a duplicate, so that places in a batch have gaps.
    for (int i = 0; i < 6; ++i) ndjson += event((batch * 3) + (i / 2));
    EXPECT_EQ(events.post(ndjson), 3U);
    EXPECT_EQ(events.post(ndjson), 0U);  // a batch without events
  }
  for (event::Sequence position = 0; position <= 12; ++position) {
    EXPECT_EQ(users_at(position), position);
  }
}

TEST_F(PostgresEngineTest, TheLastDayOfDataIsThatOfThePosition) {
  events.post(event(1));
  events.post(R"({"event_id":"later","occurred_at":"2025-08-09T10:00:00Z","user_id":"u",)"
              R"("event_type":"login"})");
  const query::Retention asked{
      .scope = {.zone = event::utc(), .segment = {}}, .start = kDay, .windows = 1};
  for (const bool later : {false, true}) {
    auto answer = ask(asked, later ? 2 : 1);
    ASSERT_TRUE(answer) << answer.error().message();
    const auto& windows = std::get<query::Table::Rows>(answer->data.cells(2)).inner.front();
    EXPECT_EQ(windows.values<query::Rate>("rate").at(1).whole > 0, later);
  }
}

TEST_F(PostgresEngineTest, APositionThatTheDatabaseDoesNotHaveIsUnavailable) {
  events.post(event(1));
  auto answer = ask(actives(), 2);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::Unavailable);
  EXPECT_EQ(users_at(1), 1U);
}

TEST_F(PostgresEngineTest, ABatchThatLacksEventsIsCorrupt) {
  events.post(event(1) + event(2) + event(3));
  events.post(event(4));
  EXPECT_EQ(users_at(2), 2U);
  ASSERT_TRUE(connection.run("DELETE FROM event WHERE user_id <> 'u1'"));
  auto answer = ask(actives(), 2);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::Corrupt);
}

TEST_F(PostgresEngineTest, EventsOfAnotherProjectAreNotThere) {
  events.post(event(1));
  auto answer = ask(actives(static_cast<event::ProjectId>(7)), 1);
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(answer->data.values<std::uint64_t>("active_users").at(0), 0U);
}

TEST_F(PostgresEngineTest, WithoutAServerItIsUnavailable) {
  PostgresEngine away({.url = "postgres://nobody@127.0.0.1:1/none"});
  auto answer = away.answer(actives(), at(0), cancellation, false);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::Unavailable);
}

// ---- segments --------------------------------------------------------------------------------

// As they stand in JSON; the second ones of a pair mean the same as the first ones.
const std::vector<std::string> kStoredKeys{R"("plan")", R"("pr\u0069ce")", R"("a b")",
                                           R"("")",     R"("q\"uote")",    R"("0")"};
const std::vector<std::string> kAskedKeys{"plan", "price", "a b", R"("")", R"("q\"uote")", "0"};
const std::vector<std::string> kStoredTexts{"pro",
                                            R"(pr\u006f)",
                                            "PRO",
                                            "",
                                            "5",
                                            "true",
                                            "null",
                                            R"(a\\b)",
                                            R"(\")",
                                            "\xd0\xba\xd0\xb8\xd1\x97\xd0\xb2",
                                            R"(\ud83d\ude00)",
                                            "pro max",
                                            R"(\n)",
                                            "\\/",
                                            "%_"};
const std::vector<std::string> kTexts{"pro",
                                      "PRO",
                                      "5",
                                      "true",
                                      "null",
                                      "false",
                                      R"(a\b)",
                                      "\"",
                                      "\xd0\xba\xd0\xb8\xd1\x97\xd0\xb2",
                                      "\xf0\x9f\x98\x80",
                                      "pro max",
                                      "r",
                                      "\n",
                                      "/",
                                      "%_",
                                      "%",
                                      "a"};
const std::vector<std::string> kPlainTexts{"pro", "PRO", "5", "true", "null", "pro max", ""};
const std::vector<std::string> kNumbers{"5",
                                        "5.0",
                                        "0.5e1",
                                        "-5",
                                        "0",
                                        "-0",
                                        "0.0",
                                        "1e3",
                                        "1000",
                                        "0.1",
                                        "0.10000000000000000000000000000000000000001",
                                        "9007199254740993",
                                        "9007199254740992",
                                        "1e-300",
                                        "1e300"};
const std::vector<std::string> kWildNumbers{"1e200000",       "-1e200000",  "1e-20000",
                                            "0e999999999999", "1.5e200000", "15e199999"};

/// Properties and conditions out of few words, so that they often meet.
class Words {
 public:
  explicit Words(std::uint64_t seed) : random_(seed) {}

  std::string properties(bool wild, int depth = 0) {
    std::string json;
    for (const auto& key : kStoredKeys) {
      if (below(3) == 0) continue;
      json += (json.empty() ? "" : ",") + key + ":" + value(wild, depth);
    }
    return "{" + json + "}";
  }
  std::string condition(bool wild) {
    static const std::vector<std::string> kOps{"=", "!=", "<", "<=", ">", ">=", "~"};
    std::string text = below(8) == 0 ? "user_id" : below(8) == 0 ? "event_type" : "properties.";
    const bool property = text.ends_with('.');
    if (property) text += one_of(kAskedKeys);
    if (property && below(3) == 0) text += "." + one_of(kAskedKeys);
    const auto kind = below(9);
    if (kind == 7) return text + " exists";
    if (kind == 8) {
      return text + " in (\"" + one_of(kPlainTexts) + "\"," + one_of(kNumbers) + ",true)";
    }
    const auto& op = kOps[kind];
    if (wild && below(2) == 0) return text + op + one_of(kWildNumbers);
    return text + op + one_of(below(2) == 0 ? kNumbers : kTexts);
  }

 private:
  std::size_t below(std::size_t end) { return random_() % end; }
  const std::string& one_of(const std::vector<std::string>& pool) {
    return pool[below(pool.size())];
  }
  std::string value(bool wild, int depth) {
    switch (below(8)) {
      case 0:
        return one_of({"true", "false", "null", "[]", "[\"pro\",1]", "{}"});
      case 1:
      case 2:
        return one_of(wild && below(3) == 0 ? kWildNumbers : kNumbers);
      case 3:
        return depth < 3 ? properties(wild, depth + 1) : "1";
      default:
        return '"' + one_of(kStoredTexts) + '"';
    }
  }

  std::mt19937_64 random_;
};

struct SegmentsTest : PostgresEngineTest {
  std::vector<std::string> stored;

  /// An event of a type of its own for each.
  void post_random(Words& words, bool wild) {
    std::string ndjson;
    for (int number = 0; number < 150; ++number) {
      stored.push_back(words.properties(wild));
      ndjson += event(number, "t" + std::to_string(number), stored.back());
    }
    ASSERT_EQ(events.post(ndjson), stored.size());
    // As they are kept: without white space and repeated keys.
    auto rows = connection.exec("SELECT properties FROM event ORDER BY batch_row");
    ASSERT_TRUE(rows) << rows.error().message();
    for (std::size_t i = 0; i < stored.size(); ++i) stored[i] = (*rows)[i].text(0);
  }

  std::vector<std::string> selected(const query::Segment& segment) {
    std::vector<std::string> types;
    for (std::size_t i = 0; i < stored.size(); ++i) {
      const auto number = std::to_string(i);
      if (segment.matches("t" + number, "u" + number, stored[i])) types.push_back("t" + number);
    }
    std::ranges::sort(types);
    return types;
  }
  void expect_same(const std::string& text, std::uint64_t seed) {
    const auto asked = segment(text);
    const auto expected = selected(asked);
    auto answer = ask(types(asked), stored.size());
    ASSERT_TRUE(answer) << text << ": " << answer.error().message();
    EXPECT_EQ(answer->data.values<std::string>("event_type"), expected)
        << text << ", seed " << seed;
    auto snapshot = Snapshot::open(connection, stored.size(), {.memory_bytes_max = 1 << 20});
    ASSERT_TRUE(snapshot) << snapshot.error().message();
    SnapshotSource here(connection, *snapshot, cancellation, Looking::Here);
    auto here_answer = query::answer_from(types(asked), here);
    ASSERT_TRUE(here_answer) << text << ": " << here_answer.error().message();
    EXPECT_EQ(*here_answer, *answer) << text << ", seed " << seed;
    matched_ += expected.empty() || expected.size() == stored.size() ? 0 : 1;
  }

  int matched_ = 0;
};

TEST_F(SegmentsTest, SelectInTheDatabaseWhatTheySelectHere) {
  const std::uint64_t seed = std::random_device()();
  Words words(seed);
  post_random(words, false);
  for (int i = 0; i < 300 && !HasFailure(); ++i) expect_same(words.condition(false), seed);
  EXPECT_GT(matched_, 50) << "too few of the questions part the events, seed " << seed;
  EXPECT_EQ(engine.figures().asked_by_event, 0U) << "seed " << seed;
}

TEST_F(SegmentsTest, SelectTheSameByNumbersThatPostgresCannotHold) {
  const std::uint64_t seed = std::random_device()();
  Words words(seed);
  post_random(words, true);
  for (int i = 0; i < 100 && !HasFailure(); ++i) expect_same(words.condition(true), seed);
  EXPECT_GT(engine.figures().asked_by_event, 5U) << "seed " << seed;
}

TEST_F(SegmentsTest, AreSeveralConditionsAtOnce) {
  const std::uint64_t seed = std::random_device()();
  Words words(seed);
  post_random(words, false);
  for (int i = 0; i < 50 && !HasFailure(); ++i) {
    auto asked = segment(words.condition(false));
    asked.conditions.push_back(segment(words.condition(false)).conditions[0]);
    auto answer = ask(types(asked), stored.size());
    ASSERT_TRUE(answer) << answer.error().message();
    EXPECT_EQ(answer->data.values<std::string>("event_type"), selected(asked))
        << to_string(asked.conditions[0]) << " and " << to_string(asked.conditions[1]) << ", seed "
        << seed;
  }
}

TEST_F(SegmentsTest, WithATextThatIsNoUtf8AreAskedHere) {
  stored = {R"({"a":"x"})"};
  events.post(event(0, "t0", stored[0]));
  query::Segment asked = segment("properties.a=x");
  asked.conditions[0].op = query::Operator::NotEqual;
  asked.conditions[0].values[0] = "\xff";
  auto answer = ask(types(asked), 1);
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(answer->data.values<std::string>("event_type"), selected(asked));
}

// ---- ends ------------------------------------------------------------------------------------

struct EndsTest : PostgresEngineTest {
  /// From here on every question waits.
  void hold_events() {
    events.post(event(1));
    ASSERT_TRUE(connection.run("BEGIN; LOCK TABLE event IN ACCESS EXCLUSIVE MODE"));
  }
  void let_go() { ASSERT_TRUE(connection.run("ROLLBACK")); }
};

TEST_F(EndsTest, ACancelledQuestionEndsWhileTheDatabaseWorksOnIt) {
  hold_events();
  cancellation.cancel();
  auto answer = ask(actives(), 1);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::TimedOut);
  EXPECT_NE(answer.error().message().find("user request"), std::string::npos)
      << answer.error().message();
  let_go();
  query::Cancellation none;
  auto next = engine.answer(actives(), at(1), none, false);
  EXPECT_TRUE(next) << next.error().message();
}

TEST_F(EndsTest, AQueryEndsWhenItsTimeIsOver) {
  hold_events();
  PostgresEngine hasty({.url = url, .query_time_max = std::chrono::milliseconds(100)});
  auto answer = hasty.answer(actives(), at(1), cancellation, false);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::TimedOut);
  EXPECT_NE(answer.error().message().find("statement timeout"), std::string::npos)
      << answer.error().message();
  let_go();
  auto next = hasty.answer(actives(), at(1), cancellation, false);
  EXPECT_TRUE(next) << next.error().message();
  EXPECT_EQ(hasty.figures().connections.open, 1U);
}

TEST_F(EndsTest, QuestionsOnConnectionsThatWereUsedAreAnsweredAtTheirOwnPosition) {
  events.post(event(1));
  EXPECT_EQ(users_at(1), 1U);
  events.post(event(2));
  EXPECT_EQ(users_at(2), 2U);
  EXPECT_EQ(users_at(1), 1U);
  EXPECT_EQ(engine.figures().connections.open, 1U);
}

}  // namespace
}  // namespace tidemark::views::postgres
