#pragma once

/// A queue on a real Redis server: payloads in, entries out, and questions by hand.

#include <chrono>
#include <future>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "clients/redis/connection.hpp"
#include "journal/redis/appender.hpp"
#include "journal/redis/consumer.hpp"
#include "support/redis_server.hpp"

namespace tidemark::testing_support {

/// Pauses that do not slow a test.
inline clients::redis::Dialer::Options impatient() {
  return {.pauses = {.first = std::chrono::milliseconds(1), .most = std::chrono::milliseconds(5)}};
}

inline base::Result<event::EntryId> append(journal::redis::Appender& appender,
                                           std::string payload) {
  const auto answered = std::make_shared<std::promise<base::Result<event::EntryId>>>();
  auto position = answered->get_future();
  appender.append(std::move(payload), [answered](base::Result<event::EntryId> outcome) {
    answered->set_value(std::move(outcome));
  });
  return position.get();
}

/// Tries until the server is found again.
inline event::EntryId append_at_last(journal::redis::Appender& appender,
                                     const std::string& payload) {
  for (;;) {
    if (auto position = append(appender, payload)) return *position;
  }
}

inline std::vector<std::string> payloads_of(const std::vector<journal::redis::Entry>& entries) {
  std::vector<std::string> payloads;
  for (const auto& entry : entries) payloads.push_back(entry.payload);
  return payloads;
}

/// One shard, so that what comes out is in the order in which it was put in.
struct QueueTest : testing::Test {
  void SetUp() override { ASSERT_TRUE(server.running()) << server.said(); }

  [[nodiscard]] clients::redis::Address address() const {
    return *clients::redis::parse_address(server.url());
  }
  [[nodiscard]] journal::redis::Appender::Options appending() const {
    return {.streams = streams, .dialer = impatient()};
  }
  [[nodiscard]] journal::redis::Consumer consumer(std::string name) const {
    return {address(), {.streams = streams, .name = std::move(name), .dialer = impatient()}};
  }

  void append_all(std::initializer_list<std::string> payloads) const {
    journal::redis::Appender appender(address(), appending());
    for (const auto& payload : payloads) append_at_last(appender, payload);
  }

  /// What the server answers to a command typed by hand.
  clients::redis::Reply ask(std::initializer_list<std::string_view> words) const {
    auto connection = clients::redis::Connection::open(address(), {});
    if (!connection) return {.kind = clients::redis::Reply::Kind::Error};
    auto reply = connection->command(words);
    if (reply) return *reply;
    return {.kind = clients::redis::Reply::Kind::Error, .text = reply.error().message()};
  }
  [[nodiscard]] std::string open_bytes() const { return ask({"GET", keys.bytes}).text; }

  RedisServer server;
  journal::redis::Streams streams{.shards = 1};
  journal::redis::ShardKeys keys = journal::redis::keys_of(streams, 0);
};

inline constexpr std::chrono::milliseconds kNoWait{0};

}  // namespace tidemark::testing_support
