// GET /events/live over real HTTP: every event that matches comes once and in order, a client that
// comes back goes on where it stopped, a slow one hears what it missed and delays nobody.

#include <algorithm>
#include <charconv>
#include <memory>
#include <thread>
#include <vector>

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <sys/resource.h>

#include "support/raw_http.hpp"
#include "support/service_process.hpp"

namespace tidemark {
namespace {

using testing::ElementsAre;
using testing_support::ask;
using testing_support::bytes_of;
using testing_support::RawAnswer;
using testing_support::RawConnection;
using testing_support::ServiceProcess;
using testing_support::TemporaryFolder;

std::string event(const std::string& id, const std::string& type = "login",
                  const std::string& properties = "{}") {
  return R"({"event_id":")" + id +
         R"(","occurred_at":"2025-08-01T10:00:00.5Z","user_id":"ann","event_type":")" + type +
         R"(","properties":)" + properties + "}\n";
}

std::string numbered(int number) { return "n-" + std::to_string(number); }

/// One message of a stream.
struct Message {
  std::string id;
  std::string name;  ///< of its `event:` line
  std::string data;

  [[nodiscard]] std::string event_id() const { return text_at("event_id"); }
  [[nodiscard]] std::size_t missed() const {
    return name == "missed" ? boost::json::parse(data).at("missed").to_number<std::size_t>() : 0;
  }
  [[nodiscard]] std::string text_at(std::string_view member) const {
    if (data.empty()) return {};
    const auto value = boost::json::parse(data);
    const auto* found = value.as_object().if_contains(member);
    return found == nullptr ? std::string() : std::string(found->as_string());
  }
};

/// A client as a browser's EventSource is one.
class LiveClient {
 public:
  explicit LiveClient(std::uint16_t port, const std::string& query = {},
                      const std::string& last_id = {}, int receive_bytes = 0)
      : connection_(port, receive_bytes) {
    const auto field = last_id.empty() ? std::string() : "Last-Event-ID: " + last_id + "\r\n";
    connection_.send(bytes_of("GET", "/events/live" + query, field));
    head_ = connection_.read_answer(true);
    if (head_.status != 200) return;
    EXPECT_TRUE(next_block()) << "how to come back, and from where";
  }

  [[nodiscard]] const RawAnswer& head() const { return head_; }
  [[nodiscard]] const std::string& last_id() const { return last_id_; }

  /// The next message with data; nothing where the stream has ended.
  std::optional<Message> next() {
    for (;;) {
      auto message = next_block();
      if (!message || !message->data.empty()) return message;
    }
  }
  /// The ids of the next events.
  std::vector<std::string> next_ids(int count) {
    std::vector<std::string> ids;
    for (int i = 0; i < count; ++i) {
      const auto message = next();
      if (!message) break;
      ids.push_back(message->name.empty() ? message->event_id() : message->name + message->data);
    }
    return ids;
  }
  /// Anything up to an empty line, a heartbeat too.
  std::optional<Message> next_block() {
    auto end = unread_.find("\n\n");
    while (end == std::string::npos) {
      const auto chunk = connection_.read_chunk();
      ended_whole_ = chunk && chunk->empty();
      if (!chunk || chunk->empty()) return std::nullopt;
      unread_ += *chunk;
      end = unread_.find("\n\n");
    }
    auto message = parse(unread_.substr(0, end + 1));
    unread_.erase(0, end + 2);
    return message;
  }
  /// The stream has ended with its last chunk, and not been cut off.
  [[nodiscard]] bool ended_whole() const { return ended_whole_; }

 private:
  Message parse(std::string_view block) {
    Message message;
    while (!block.empty()) {
      const auto line = block.substr(0, block.find('\n'));
      block.remove_prefix(line.size() + 1);
      if (line.starts_with("id: ")) message.id = last_id_ = line.substr(4);
      if (line.starts_with("event: ")) message.name = line.substr(7);
      if (line.starts_with("data: ")) message.data = line.substr(6);
    }
    return message;
  }

  RawConnection connection_;
  RawAnswer head_;
  std::string unread_;
  std::string last_id_;
  bool ended_whole_ = false;
};

struct Live : testing::Test {
  TemporaryFolder folder;
  std::unique_ptr<ServiceProcess> service;

  void start(const std::vector<std::string>& flags = {}) {
    service = std::make_unique<ServiceProcess>(folder.path(), flags);
    ASSERT_FALSE(service->url().empty());
  }
  [[nodiscard]] std::uint16_t port() const { return service->port(); }
  /// Posts NDJSON and gives the position.
  [[nodiscard]] std::string post(const std::string& events) const {
    const auto answer = ask(port(), bytes_of({.body = events, .type = "application/x-ndjson"}));
    EXPECT_EQ(answer.status, 202) << answer.body;
    return std::string(answer.json().at("position").as_string());
  }
  [[nodiscard]] double figure(const std::string& name) const {
    const auto text = ask(port(), bytes_of("GET", "/metrics")).body;
    const auto at = text.find("\n" + name + " ");
    if (at == std::string::npos) return -1;
    double value = -1;
    const char* begin = text.data() + at + name.size() + 2;
    std::from_chars(begin, text.data() + text.size(), value);
    return value;
  }
};

TEST_F(Live, EventsComeOnceInOrderAndAsTheListGivesThem) {
  start();
  std::ignore = post(event("before"));
  LiveClient client(port());
  EXPECT_EQ(client.head().header("Content-Type"), "text/event-stream");
  EXPECT_EQ(client.head().header("Cache-Control"), "no-store");
  const auto first = post(event("a", "login", R"({"text":"two\nlines ü"})"));
  const auto last = post(event("b") + event("a") + event("c"));
  const auto a = client.next();
  ASSERT_TRUE(a);
  EXPECT_EQ(a->data, ask(port(), bytes_of("GET", "/events/a")).body);
  EXPECT_EQ(a->id, first) << "the position of the write that it came with";
  EXPECT_THAT(client.next_ids(2), ElementsAre("b", "c"));
  EXPECT_EQ(client.last_id(), last);
}

TEST_F(Live, FiltersAreThoseOfTheList) {
  start();
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"?event_type=view", "view"},
      {"?properties.plan=pro", "pro"},
      {"?segment=properties.n%3E2", "many"},
      {"?user_id=ann&from=2025-08-01&to=2025-08-01", "view"},
      {"?from=2025-08-01T10:00:00.5Z&to=2025-08-01T10:00:01Z", "view"},
      {"?tz=Pacific/Auckland&from=2025-08-01&to=2025-08-01", "view"},
  };
  std::vector<std::unique_ptr<LiveClient>> clients;
  for (const auto& [query, id] : cases)
    clients.push_back(std::make_unique<LiveClient>(port(), query));
  LiveClient never(port(), "?to=2025-07-31");
  std::ignore = post(R"({"event_id":"late","occurred_at":"2025-08-02T00:00:00Z","user_id":"bob",)"
                     R"("event_type":"login"})");
  std::ignore = post(event("view", "view") + event("pro", "x", R"({"plan":"pro"})") +
                     event("many", "x", R"({"n":3})"));
  for (std::size_t i = 0; i < cases.size(); ++i) {
    EXPECT_THAT(clients[i]->next_ids(1), ElementsAre(cases[i].second)) << cases[i].first;
  }
  std::ignore = post(R"({"event_id":"early","occurred_at":"2025-07-31T23:00:00Z","user_id":"bob",)"
                     R"("event_type":"login"})");
  EXPECT_THAT(never.next_ids(1), ElementsAre("early")) << "nothing before it matches";
}

TEST_F(Live, WhoComesBackGetsExactlyWhatWasMissed) {
  start({"--archive-events", "10"});
  std::string last_id;
  int number = 0;
  const auto post_some = [&](int count) {
    std::string events;
    for (int i = 0; i < count; ++i) events += event(numbered(number++));
    return post(events);
  };
  const auto expected = [](int from, int to) {
    std::vector<std::string> ids;
    for (int i = from; i < to; ++i) ids.push_back(numbered(i));
    return ids;
  };
  {
    LiveClient client(port());
    last_id = client.last_id();  // it leaves before anything has come
  }
  std::ignore = post_some(25);
  {
    LiveClient client(port(), "", last_id);
    EXPECT_EQ(client.next_ids(17), expected(0, 17));
    last_id = client.last_id();
  }
  std::ignore = post_some(30);
  EXPECT_EQ(service->stop(), 0);
  start({"--archive-events", "10"});
  {
    LiveClient client(port(), "", last_id);
    EXPECT_EQ(client.next_ids(38), expected(17, 55)) << "over a restart too";
    std::ignore = post_some(3);
    EXPECT_EQ(client.next_ids(3), expected(55, 58));
  }
  LiveClient by_parameter(port(), "?after=" + last_id);
  EXPECT_EQ(by_parameter.next_ids(1), expected(17, 18));
  LiveClient both(port(), "?after=AAAAAAAAAAA", last_id);
  EXPECT_EQ(both.next_ids(1), expected(17, 18)) << "a browser sends its URL again";
}

TEST_F(Live, WhatLiesTooFarBackIsTold) {
  start({"--live-replay-events-max", "2"});
  std::ignore = post(event("a") + event("b") + event("c") + event("d"));
  LiveClient client(port(), "?after=AAAAAAAAAAA");
  EXPECT_THAT(client.next_ids(3), ElementsAre("missed{\"missed\":2}", "c", "d"));
}

/// Reads until a message with this id came; what it got and what it was told it missed.
struct Tally {
  std::vector<int> numbers;
  std::size_t missed = 0;

  static Tally of(LiveClient& client, const std::string& last) {
    Tally tally;
    while (const auto message = client.next()) {
      tally.missed += message->missed();
      if (message->event_id() == last) break;
      if (message->name.empty()) tally.numbers.push_back(std::stoi(message->event_id().substr(2)));
    }
    return tally;
  }
};

TEST_F(Live, ASlowClientHearsHowManyItMissedAndDelaysNobody) {
  constexpr int kEvents = 3'000;
  constexpr int kBatch = 100;
  start({"--live-bytes-max", "1048576"});
  LiveClient slow(port(), "", "", 64 * 1'024);
  LiveClient quick(port());
  Tally of_quick;
  std::jthread reading([&] { of_quick = Tally::of(quick, "end"); });
  const std::string large = "{\"text\":\"" + std::string(8'000, 'x') + "\"}";
  for (int number = 0; number < kEvents;) {
    std::string batch;
    for (int i = 0; i < kBatch; ++i) batch += event(numbered(number++), "login", large);
    std::ignore = post(batch);  // taken while one client reads nothing at all
  }
  std::ignore = post(event("end"));
  reading.join();
  EXPECT_EQ(of_quick.numbers.size() + of_quick.missed, kEvents);
  const auto of_slow = Tally::of(slow, "end");
  EXPECT_GT(of_slow.missed, 0U);
  EXPECT_EQ(of_slow.numbers.size() + of_slow.missed, kEvents);
  EXPECT_TRUE(std::ranges::is_sorted(of_slow.numbers));
  EXPECT_EQ(std::ranges::adjacent_find(of_slow.numbers), of_slow.numbers.end()) << "once";
  EXPECT_EQ(figure("tidemark_live_missed_total"),
            static_cast<double>(of_slow.missed + of_quick.missed));
}

TEST_F(Live, AStopGivesOutWhatWasTakenAndEndsTheStreamsWhole) {
  start({"--stop-seconds-max", "60"});
  LiveClient one(port());
  LiveClient other(port(), "?event_type=nothing");
  std::ignore = post(event("last"));
  EXPECT_EQ(service->stop(), 0);
  EXPECT_THAT(one.next_ids(2), ElementsAre("last"));
  EXPECT_TRUE(one.ended_whole());
  EXPECT_FALSE(other.next());
  EXPECT_TRUE(other.ended_whole());
}

TEST_F(Live, MoreThanMayListenAreToldToComeLater) {
  start({"--live-listeners-max", "1"});
  auto first = std::make_unique<LiveClient>(port());
  const auto refused = ask(port(), bytes_of("GET", "/events/live"));
  EXPECT_EQ(refused.status, 503);
  EXPECT_TRUE(refused.header("Retry-After"));
  EXPECT_EQ(figure("tidemark_live_refused_total"), 1);
  EXPECT_EQ(figure("tidemark_live_listeners"), 1);
  first.reset();
  while (figure("tidemark_live_listeners") > 0) std::this_thread::yield();
  const LiveClient next(port());
  EXPECT_EQ(next.head().status, 200);
}

TEST_F(Live, ASilentStreamHasHeartbeatsThatMoveItsPositionOn) {
  start({"--live-heartbeat-seconds", "1"});
  LiveClient client(port(), "?event_type=nothing");
  const auto position = post(event("a"));
  for (auto heartbeat = client.next_block(); client.last_id() != position;) {
    ASSERT_TRUE(heartbeat);
    EXPECT_EQ(heartbeat->data, "");
    heartbeat = client.next_block();
  }
}

TEST_F(Live, WhatCannotBeAskedIsRefused) {
  start();
  for (const std::string& query : {std::string("?after=nonsense"), std::string("?segment=x"),
                                   std::string("?from=2025-08-02&to=2025-08-01"),
                                   std::string("?properties.a.=1"), std::string("?limit=3")}) {
    EXPECT_EQ(ask(port(), bytes_of("GET", "/events/live" + query)).status, 422) << query;
  }
  RawConnection head(port());
  head.send(bytes_of("HEAD", "/events/live") + bytes_of("GET", "/healthz"));
  EXPECT_EQ(head.read_answer(true).header("Content-Type"), "text/event-stream");
  EXPECT_EQ(head.read_answer().status, 200) << "the connection lives on";
  while (figure("tidemark_live_listeners") > 0) std::this_thread::yield();
}

TEST_F(Live, AClientOfAnotherHistoryGoesOnFromNowAndHearsThatTheGapIsUnknown) {
  start();
  EXPECT_FALSE(post(event("before")).empty());
  // Far beyond the end, an entry of a queue, and no position at all.
  int unknown = 0;
  for (const std::string& id :
       {std::string("AAAAAAAAB1c"), std::string(24, 'A'), std::string("elsewhere")}) {
    const LiveClient client(port(), {}, id);
    ASSERT_EQ(client.head().status, 200) << id << ": a browser that is refused gives up";
    ++unknown;
    EXPECT_EQ(figure("tidemark_live_unknown_gaps_total"), unknown);
  }
  LiveClient client(port(), {}, "AAAAAAAAB1c");
  const auto missed = client.next();
  ASSERT_TRUE(missed);
  EXPECT_EQ(missed->name, "missed");
  EXPECT_EQ(missed->data, R"({"missed":null})");
  const auto position = post(event("after"));
  EXPECT_EQ(client.next()->event_id(), "after");
  EXPECT_EQ(client.last_id(), position) << "with that it can come back";
  LiveClient again(port(), {}, client.last_id());
  EXPECT_FALSE(post(event("later")).empty());
  EXPECT_EQ(again.next()->event_id(), "later");
  LiveClient named(port(), "?after=AAAAAAAAB1c");
  EXPECT_EQ(named.next()->name, "missed");
}

TEST_F(Live, AThousandListenersEachGetTheirEvent) {
  constexpr int kListeners = 1'000;
  rlimit files{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &files), 0);
  files.rlim_cur = std::min<rlim_t>(files.rlim_max, 4'096);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &files), 0);
  start();
  std::vector<std::unique_ptr<LiveClient>> clients;
  for (int i = 0; i < kListeners; ++i) {
    clients.push_back(
        std::make_unique<LiveClient>(port(), "?event_type=t" + std::to_string(i % 100)));
    ASSERT_EQ(clients.back()->head().status, 200) << i;
  }
  EXPECT_EQ(figure("tidemark_live_listeners"), kListeners);
  std::string events;
  for (int i = 0; i < 100; ++i) events += event(numbered(i), "t" + std::to_string(i));
  std::ignore = post(events);
  for (int i = 0; i < kListeners; ++i) {
    EXPECT_THAT(clients[static_cast<std::size_t>(i)]->next_ids(1), ElementsAre(numbered(i % 100)));
  }
}

}  // namespace
}  // namespace tidemark
