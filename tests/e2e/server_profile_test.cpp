// The server profile over real servers: what was acknowledged is there, once, in every process and
// every engine, whoever was killed in between.

#include <cstdlib>
#include <future>
#include <iostream>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "e2e/server_profile_fixture.hpp"
#include "event/encoding.hpp"
#include "journal/redis/appender.hpp"
#include "query/position.hpp"

namespace tidemark {
namespace {

using testing_support::event_text;
using testing_support::run_program;
using testing_support::Sender;
using testing_support::ServerProfileTest;
using testing_support::ServiceProcess;

TEST_F(ServerProfileTest, WhatWasPostedIsInEveryAnswerOfEveryProcess) {
  const auto service = serve();
  const auto working = worker();
  ASSERT_FALSE(service->url().empty());
  ASSERT_FALSE(working->url().empty());
  std::string lines;
  for (int i = 0; i < 1'000; ++i) lines += event_text("id-" + std::to_string(i % 900), i) + "\n";
  const auto receipt = post(*service, lines);
  EXPECT_EQ(receipt.at("accepted").to_number<int>(), 1'000);
  EXPECT_TRUE(receipt.at("duplicates").is_null());
  const auto after = position_of(receipt);

  EXPECT_EQ(ids(*service, after).size(), 900U);
  expect_engines_to_agree(*service, after);
  EXPECT_EQ(get(*service, "/events/id-5").at("user_id").as_string(), "u5");
  EXPECT_EQ(service->client().get("/events/nobody")->status, 404);
  EXPECT_EQ(get(*service, "/version").at("profile").as_string(), "server");
  // Of a time of which the ledger knows no names any more.
  const auto long_ago =
      query::position_text(event::EntryId{.shard = 0, .millis = 1'700'000'000'000, .number = 0});
  EXPECT_EQ(ids(*service, long_ago).size(), 900U);

  // One that comes later, with an empty folder, and one that comes back to its own.
  const auto other = serve("other");
  ASSERT_FALSE(other->url().empty());
  const auto target = std::string("/stats/dau?") + kDays + "&after=" + after;
  const auto there = get(*service, target);
  EXPECT_EQ(get(*other, target).at("data"), there.at("data"));
  EXPECT_EQ(get(*other, target).at("meta").at("as_of"), there.at("meta").at("as_of"));
  EXPECT_EQ(service->stop(), 0);
  const auto again = serve();
  EXPECT_EQ(get(*again, target).at("data"), there.at("data"));

  const auto queue = get(*again, "/queue");
  EXPECT_EQ(queue.at("depth").to_number<int>(), 0);
  EXPECT_GE(queue.at("consumers").to_number<int>(), 1);
  EXPECT_EQ(working->stop(), 0);
}

TEST_F(ServerProfileTest, WithoutItsQueueEventsAreRefusedAndQuestionsAnswered) {
  const auto service = serve();
  const auto working = worker();
  const auto after = position_of(post(*service, event_text("a", 1)));
  EXPECT_EQ(ids(*service, after).size(), 1U);
  redis.kill();
  auto refused = service->client().post("/events", event_text("b", 2), "application/x-ndjson");
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 503) << refused->body;
  EXPECT_TRUE(refused->header("Retry-After"));
  EXPECT_EQ(service->client().get("/readyz")->status, 503);
  EXPECT_EQ(get(*service, std::string("/stats/dau?") + kDays).at("data").as_array().size(), 28U);
  ASSERT_TRUE(redis.start());
  do {
    refused = service->client().post("/events", event_text("c", 3), "application/x-ndjson");
    ASSERT_TRUE(refused);
  } while (refused->status == 503);
  ASSERT_EQ(refused->status, 202);
  const auto found = ids(*service, position_of(boost::json::parse(refused->body)));
  EXPECT_TRUE(found.contains("a") && found.contains("c"));
}

TEST_F(ServerProfileTest, TheOneBadEventOfARequestIsBuriedAlone) {
  const auto service = serve();
  const auto working = worker();
  // As a program with a fault would write it: no UTF-8, which no HTTP request gets past the parser.
  event::Batch batch{.received_at = 1'754'006'400'000'000, .rows = {}, .owners = {}};
  for (const char* id : {"good-1", "bad", "good-2", "good-3"}) {
    batch.rows.push_back({.id = id,
                          .user_id = std::string_view(id) == "bad" ? "\xff\xfe" : "u1",
                          .event_type = "t",
                          .properties = "{}",
                          .occurred_at = 1'754'006'400'000'000,
                          .id_hash = {}});
  }
  std::promise<base::Result<event::EntryId>> appended;
  {
    journal::redis::Appender appender(*clients::redis::parse_address(redis.url()), {});
    event::StoredRows rows;
    for (const auto& row : batch.rows) rows.add(batch.project, {row, 0, batch.received_at});
    std::string payload(event::encoded_bytes(rows), '\0');
    event::encode(rows, std::as_writable_bytes(std::span(payload)));
    appender.append(payload, [&](auto place) { appended.set_value(std::move(place)); });
    appender.stop();
  }
  const auto place = appended.get_future().get();
  ASSERT_TRUE(place);
  const auto after = query::position_text(*place);
  EXPECT_EQ(ids(*service, after), (std::set<std::string>{"good-1", "good-2", "good-3"}));

  std::string listed;
  while (listed.empty()) listed = run_program({"dlq", "list", "--journal", redis.url()}).out;
  const auto letter = boost::json::parse(listed);
  ASSERT_EQ(letter.at("events").as_array().size(), 1U);
  EXPECT_EQ(letter.at("events").at(0).at("event_id").as_string(), "bad");
  EXPECT_FALSE(letter.at("error").as_string().empty());
  const std::string id(letter.at("id").as_string());
  EXPECT_EQ(run_program({"dlq", "replay", id, "--journal", redis.url()}).code, 0);
  EXPECT_EQ(run_program({"dlq", "drop", id, "--journal", redis.url()}).code, 1);
  listed.clear();
  while (listed.empty()) listed = run_program({"dlq", "list", "--journal", redis.url()}).out;
  EXPECT_EQ(run_program({"dlq", "drop", "--all", "--journal", redis.url()}).code, 0);
  EXPECT_EQ(run_program({"dlq", "list", "--journal", redis.url()}).out, "");
}

// They are small in the queue and large in memory.
TEST_F(ServerProfileTest, ABatchIsBoundedByWhatItsRequestsUnpackTo) {
  constexpr int kRequests = 6;
  constexpr int kEvents = 30;
  const auto service = serve();
  const std::string properties = R"(,"properties":{"n":")" + std::string(50'000, 'x') + "\"}}";
  for (int request = 0; request < kRequests; ++request) {
    std::string lines;
    for (int i = 0; i < kEvents; ++i) {
      auto event = event_text(std::to_string(request) + "-" + std::to_string(i), i);
      event.pop_back();
      lines += event + properties + "\n";
    }
    post(*service, lines);
  }
  ServiceProcess working(flags({"--worker-batch-bytes", "1MiB", "--worker-concurrency", "1"}));
  const auto has = [](const std::string& metrics, const std::string& name) {
    return metrics.find(name + " " + std::to_string(kRequests) + "\n") != std::string::npos;
  };
  std::string metrics;
  while (!has(metrics, "tidemark_worker_entries_total")) {
    const auto answer = working.client().get("/metrics");
    ASSERT_TRUE(answer);
    metrics = answer->body;
  }
  // Each request is more than the bound: a batch of its own.
  EXPECT_TRUE(has(metrics, "tidemark_worker_batch_events_count")) << metrics;
}

TEST_F(ServerProfileTest, WithoutItsSchemaItSaysWhatToDo) {
  const auto empty = postgres.new_database();
  const auto refused =
      run_program({"serve", "--data-dir", (folder.path() / "none").string(), "--port", "0",
                   "--journal", redis.url(), "--ledger", empty, "--start-seconds-max", "0"});
  EXPECT_EQ(refused.code, 3);
  EXPECT_NE(refused.err.find("migrate up"), std::string::npos) << refused.err;
  const auto half = run_program({"serve", "--ledger", empty});
  EXPECT_EQ(half.code, 2);
  EXPECT_NE(half.err.find("journal"), std::string::npos) << half.err;
}

TEST_F(ServerProfileTest, WhoeverIsKilledWhatWasAcknowledgedIsThereOnce) {
  const auto seed = std::random_device{}();
  std::cout << "seed " << seed << "\n";
  std::mt19937 random(seed);
  const auto* rounds_text = std::getenv("TIDEMARK_SERVER_KILLS");
  const int rounds = rounds_text != nullptr ? std::stoi(rounds_text) : 8;
  std::set<std::string> acknowledged;
  auto service = serve();
  auto working = worker();
  for (int round = 0; round < rounds; ++round) {
    ASSERT_FALSE(service->url().empty());
    ASSERT_FALSE(working->url().empty());
    Sender one(service->port(), 2 * round);
    Sender two(service->port(), 2 * round + 1);
    for (auto* sender : {&one, &two})
      sender->wait_for_answers(1 + static_cast<unsigned>(random() % 20));
    switch (round % 5) {
      case 0:
        service->kill();
        break;
      case 1:
        working->kill();
        break;
      case 2:
        redis.kill();
        break;
      case 3:
        postgres.kill();
        break;
      default:
        service->kill();
        working->kill();
        redis.kill();
        postgres.kill();
    }
    for (auto* sender : {&one, &two}) {
      for (auto& id : sender->stop()) acknowledged.insert(std::move(id));
    }
    if (!redis.running()) {
      ASSERT_TRUE(redis.start());
    }
    if (!postgres.runs()) postgres.start();
    service.reset();
    service = serve();
    if (round % 5 == 1 || round % 5 == 4) {
      working.reset();
      working = worker();
    }
  }
  EXPECT_GT(acknowledged.size(), 100U);
  expect_all_there(*service, acknowledged);
}

}  // namespace
}  // namespace tidemark
