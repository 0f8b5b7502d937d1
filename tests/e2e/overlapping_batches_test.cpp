// Many clients send the same ids at once, shuffled, in batches that overlap, some with other
// contents. Each id is accepted exactly once, every answer about it agrees, and what is listed and
// counted afterwards are the events that won.

#include <algorithm>
#include <array>
#include <iostream>
#include <map>
#include <random>
#include <set>
#include <thread>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "support/packing.hpp"
#include "support/service_process.hpp"

namespace tidemark {
namespace {

using boost::json::value;
using testing_support::ServiceProcess;
using testing_support::TemporaryFolder;

constexpr int kIds = 6'000;
constexpr int kClients = 8;
constexpr int kBatchMax = 300;

/// What a client may say of an id. Every third id has two contents, which differ in one field.
struct Content {
  int day = 0;
  std::string user;
  std::string type;
  std::string plan;

  bool operator==(const Content&) const = default;
};

bool is_disputed(int id) { return id % 3 == 0; }

Content content_of(int id, bool other) {
  Content content{.day = 1 + id % 28,
                  .user = "u" + std::to_string(id % 500),
                  .type = "t" + std::to_string(id % 7),
                  .plan = "free"};
  if (!other || !is_disputed(id)) return content;
  switch (id / 3 % 4) {
    case 0:
      content.day = 1 + (id + 1) % 28;
      break;
    case 1:
      content.user += "b";
      break;
    case 2:
      content.type += "b";
      break;
    default:
      content.plan = "paid";
  }
  return content;
}

std::string id_text(int id) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "8a5e2f0c-6f0a-4f7e-9d43-%012x",
                static_cast<unsigned>(id));
  return text.data();
}

/// The same JSON value, written in one of two ways: neither white space nor order is a difference.
std::string written(int id, const Content& content, bool another_way) {
  const auto day = (content.day < 10 ? "0" : "") + std::to_string(content.day);
  if (another_way) {
    return R"({"properties": {"n": [1, 2.50], "plan": ")" + content.plan +
           R"("}, "event_type": ")" + content.type + R"(", "user_id": ")" + content.user +
           R"(", "occurred_at": "2025-02-)" + day + R"(T13:00:00+03:00", "event_id": ")" +
           id_text(id) + "\"}";
  }
  return R"({"event_id":")" + id_text(id) + R"(","occurred_at":"2025-02-)" + day +
         R"(T10:00:00Z","user_id":")" + content.user + R"(","event_type":")" + content.type +
         R"(","properties":{"plan":")" + content.plan + R"(","n":[1,2.5]}})";
}

/// One answer about one id.
struct Heard {
  int id = 0;
  bool other = false;  ///< which content was sent
  std::string status;
};

/// One client: all ids, in its own order and batches, some of them twice.
class Sender {
 public:
  Sender(std::uint16_t port, unsigned seed, bool other)
      : client_({.port = port}), random_(seed), other_(other) {}

  void run() {
    std::vector<int> ids(kIds);
    for (int i = 0; i < kIds; ++i) ids[static_cast<std::size_t>(i)] = i;
    for (int i = 0; i < kIds / 10; ++i) ids.push_back(static_cast<int>(random_() % kIds));
    std::shuffle(ids.begin(), ids.end(), random_);
    for (std::size_t at = 0; at < ids.size();) {
      const auto size = std::min<std::size_t>(1 + random_() % kBatchMax, ids.size() - at);
      send({ids.begin() + static_cast<std::ptrdiff_t>(at),
            ids.begin() + static_cast<std::ptrdiff_t>(at + size)});
      at += size;
    }
  }

  std::vector<Heard> heard;
  std::uint64_t accepted = 0;
  std::uint64_t duplicates = 0;

 private:
  void send(const std::vector<int>& ids) {
    const bool as_lines = random_() % 2 == 0;
    std::string body = as_lines ? "" : "[";
    std::vector<bool> others;
    for (const int id : ids) {
      others.push_back(other_ != (random_() % 8 == 0));
      if (!as_lines && body.size() > 1) body += ',';
      body += written(id, content_of(id, others.back()), random_() % 2 == 0);
      if (as_lines) body += '\n';
    }
    if (!as_lines) body += ']';
    http::ClientRequest request{
        .method = http::Method::Post,
        .target = "/events",
        .headers = {{"Content-Type", as_lines ? "application/x-ndjson" : "application/json"},
                    {"Prefer", "return=representation"}}};
    const bool packed = random_() % 4 == 0;
    if (packed) body = testing_support::gzip(body);
    if (packed) request.headers.push_back({"Content-Encoding", "gzip"});
    request.body = body;
    const auto response = client_.request(request);
    ASSERT_TRUE(response) << response.error().message();
    ASSERT_EQ(response->status, 202) << response->body.substr(0, 500);
    EXPECT_EQ(response->header("Preference-Applied"), "return=representation");
    keep(boost::json::parse(response->body), ids, others);
  }

  void keep(const value& receipt, const std::vector<int>& ids, const std::vector<bool>& others) {
    accepted += receipt.at("accepted").to_number<std::uint64_t>();
    duplicates += receipt.at("duplicates").to_number<std::uint64_t>();
    EXPECT_EQ(receipt.at("rejected"), 0);
    const auto& results = receipt.at("results").as_array();
    ASSERT_EQ(results.size(), ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i) {
      EXPECT_EQ(results[i].at("index"), i);
      EXPECT_EQ(results[i].at("event_id").as_string(), id_text(ids[i]));
      heard.push_back({ids[i], others[i], results[i].at("status").as_string().c_str()});
    }
  }

  http::Client client_;
  std::mt19937 random_;
  bool other_;
};

/// Which content of each id won, by the answers; every answer about an id must agree with it.
std::vector<Content> winners_of(const std::vector<Sender>& senders) {
  std::vector<std::optional<Content>> won(kIds);
  for (const auto& sender : senders) {
    for (const auto& heard : sender.heard) {
      if (heard.status != "accepted") continue;
      auto& winner = won[static_cast<std::size_t>(heard.id)];
      EXPECT_FALSE(winner) << heard.id << " was accepted twice";
      winner = content_of(heard.id, heard.other);
    }
  }
  std::vector<Content> winners;
  for (int id = 0; id < kIds; ++id) {
    EXPECT_TRUE(won[static_cast<std::size_t>(id)]) << id << " was never accepted";
    winners.push_back(won[static_cast<std::size_t>(id)].value_or(Content{}));
  }
  for (const auto& sender : senders) {
    for (const auto& heard : sender.heard) {
      if (heard.status == "accepted") continue;
      const bool same =
          content_of(heard.id, heard.other) == winners[static_cast<std::size_t>(heard.id)];
      EXPECT_EQ(heard.status, same ? "duplicate" : "conflict") << heard.id;
    }
  }
  return winners;
}

value ask(http::Client& client, const std::string& target) {
  const auto response = client.get(target);
  EXPECT_TRUE(response && response->status == 200) << target;
  return response ? boost::json::parse(response->body) : value();
}

void check_list(http::Client& client, const std::vector<Content>& winners) {
  std::map<std::string, int> known;
  for (int id = 0; id < kIds; ++id) known[id_text(id)] = id;
  std::string cursor;
  for (bool more = true; more;) {
    const auto page = ask(client, "/events?limit=1000&order=asc&from=2025-02-01&to=2025-03-01" +
                                      (cursor.empty() ? "" : "&cursor=" + cursor));
    for (const auto& event : page.at("data").as_array()) {
      const auto found = known.find(event.at("event_id").as_string().c_str());
      ASSERT_NE(found, known.end()) << "unknown, or there twice: " << event;
      const auto& winner = winners[static_cast<std::size_t>(found->second)];
      EXPECT_EQ(event.at("user_id").as_string(), winner.user);
      EXPECT_EQ(event.at("event_type").as_string(), winner.type);
      EXPECT_EQ(event.at("properties").at("plan").as_string(), winner.plan);
      EXPECT_EQ(std::stoi(event.at("occurred_at").as_string().c_str() + 8), winner.day);
      known.erase(found);
    }
    const auto& next = page.at("next_cursor");
    more = next.is_string();
    if (more) cursor = next.as_string().c_str();
  }
  EXPECT_TRUE(known.empty()) << known.size() << " ids are not listed, " << known.begin()->first;
}

void check_statistics(http::Client& client, const std::vector<Content>& winners,
                      const std::string& engine) {
  std::map<int, std::set<std::string>> users;
  std::map<std::string, std::int64_t> counts;
  for (const auto& winner : winners) {
    users[winner.day].insert(winner.user);
    ++counts[winner.type];
  }
  const std::string range = "?from=2025-02-01&to=2025-02-28&engine=" + engine;
  const auto dau = ask(client, "/stats/dau" + range);
  for (const auto& day : dau.at("data").as_array()) {
    const auto number = std::stoi(day.at("date").as_string().c_str() + 8);
    EXPECT_EQ(day.at("active_users").as_int64(), std::ssize(users[number])) << engine << day;
  }
  const auto top = ask(client, "/stats/top-events" + range + "&limit=100");
  EXPECT_EQ(top.at("data").as_array().size(), counts.size());
  for (const auto& row : top.at("data").as_array()) {
    EXPECT_EQ(row.at("count").as_int64(), counts[row.at("event_type").as_string().c_str()]);
  }
}

TEST(OverlappingBatches, EachIdIsAcceptedOnceAndEveryAnswerAgrees) {
  const auto seed = std::random_device{}();
  std::cout << "seed " << seed << "\n";
  const TemporaryFolder folder;
  // Archiving and merging go on meanwhile: most duplicates are looked up on the disk.
  const std::vector<std::string> flags = {"--archive-events", "1000"};
  ServiceProcess service(folder.path(), flags);
  ASSERT_FALSE(service.url().empty());

  std::vector<Sender> senders;
  for (unsigned i = 0; i < kClients; ++i)
    senders.emplace_back(service.port(), seed + i, i % 2 == 1);
  {
    std::vector<std::jthread> threads;
    for (auto& sender : senders) threads.emplace_back([&sender] { sender.run(); });
  }
  std::uint64_t accepted = 0;
  for (const auto& sender : senders) {
    accepted += sender.accepted;
    EXPECT_EQ(sender.accepted + sender.duplicates, kIds + kIds / 10);
  }
  EXPECT_EQ(accepted, kIds);
  const auto winners = winners_of(senders);
  auto client = service.client();
  check_list(client, winners);
  for (const auto* engine : {"rollup", "columnar"}) check_statistics(client, winners, engine);

  EXPECT_EQ(service.stop(), 0);
  ServiceProcess again(folder.path(), flags);
  ASSERT_FALSE(again.url().empty());
  auto client_again = again.client();
  check_list(client_again, winners);
  Sender late(again.port(), seed, true);
  late.run();
  EXPECT_EQ(late.accepted, 0U);
  EXPECT_EQ(late.duplicates, kIds + kIds / 10);
}

TEST(OverlappingBatches, OneKeyAtOnceGivesOneAnswerAndTheOthersWait) {
  const TemporaryFolder folder;
  ServiceProcess service(folder.path());
  ASSERT_FALSE(service.url().empty());
  constexpr int kRoundsMax = 500;
  int refused = 0;
  int round = 0;
  for (; round < kRoundsMax && refused == 0; ++round) {
    std::string body;
    for (int i = 0; i < 3'000; ++i) {
      body += written(round * 3'000 + i, content_of(i, false), false) + "\n";
    }
    std::array<http::ClientResponse, 4> answers;
    {
      std::vector<std::jthread> threads;
      for (auto& answer : answers) {
        threads.emplace_back([&, key = "key-" + std::to_string(round)] {
          auto client = service.client();
          const auto response = client.request(
              {.method = http::Method::Post,
               .target = "/events",
               .headers = {{"Content-Type", "application/x-ndjson"}, {"Idempotency-Key", key}},
               .body = body});
          if (response) answer = *response;
        });
      }
    }
    int first = 0;
    for (const auto& answer : answers) {
      if (answer.status == 409) {
        ++refused;
        EXPECT_GE(std::stoi(std::string(answer.header("Retry-After").value_or("0"))), 1);
        EXPECT_EQ(boost::json::parse(answer.body).at("code"), "idempotency_key_in_use");
        continue;
      }
      EXPECT_EQ(answer.status, 202) << answer.body;
      first += answer.header("Idempotent-Replayed") ? 0 : 1;
      EXPECT_EQ(boost::json::parse(answer.body).at("accepted"), 3'000);
    }
    EXPECT_EQ(first, 1);
  }
  EXPECT_GT(refused, 0) << "in " << round << " rounds no two requests ran at once";
}

}  // namespace
}  // namespace tidemark
