// Who listens gets what was committed: all that matches, in order, once, from the place that was
// asked for; and hears of what it was not given.

#include "views/live/hub.hpp"

#include <algorithm>
#include <condition_variable>
#include <iterator>
#include <random>

#include <gmock/gmock.h>

#include "views/live/backlog.hpp"
#include "views/live/rows_for_test.hpp"

namespace tidemark::views::live {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Blocks until `listener` has something to take, has begun, or has ended.
void await(Listener& listener) {
  std::mutex mutex;
  std::condition_variable changed;
  bool ready = false;
  listener.when_ready([&] {
    const std::lock_guard lock(mutex);
    ready = true;
    changed.notify_all();
  });
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return ready; });
}

event::Sequence await_begin(Listener& listener) {
  for (;;) {
    if (const auto begins = listener.begins()) return *begins;
    await(listener);
  }
}

/// One who sends what a listener is given: first what it missed, then what comes.
class Ear {
 public:
  Ear(std::shared_ptr<Listener> listener, Story& story)
      : listener_(std::move(listener)), story_(story) {}

  /// Blocks until `count` events came, or were told as missed, one message each.
  std::vector<std::string> hear(std::size_t count) {
    if (!backlog_) {
      backlog_.emplace(Backlog::Parts{story_.publication(), scan_}, listener_,
                       await_begin(*listener_), 1'000'000);
    }
    while (heard_.size() < count) {
      if (backlog_->done()) await(*listener_);
      const auto text = backlog_->done() ? listener_->take() : *backlog_->next();
      if (const auto position = last_position(text); position != event::kNoSequence) {
        position_ = position;
      }
      std::ranges::move(told(text), std::back_inserter(heard_));
    }
    return std::exchange(heard_, {});
  }
  Listener& operator*() { return *listener_; }
  [[nodiscard]] event::Sequence position() const { return position_; }

 private:
  std::shared_ptr<Listener> listener_;
  Story& story_;
  query::EventScan scan_ = story_.scan();
  std::optional<Backlog> backlog_;
  std::vector<std::string> heard_;
  event::Sequence position_ = 0;
};

struct HubTest : testing::Test {
  Story story;

  Hub::Options options{.heartbeat = std::chrono::hours(1), .pause = std::chrono::milliseconds(0)};

  std::unique_ptr<Hub> open() {
    return std::make_unique<Hub>(Hub::Parts{story.publication(), story.scan()}, options);
  }
  Ear listen(Hub& hub, query::EventFilter filter,
             std::optional<event::Sequence> from = std::nullopt) {
    return {*hub.listen(std::move(filter), from), story};
  }
  void commit(Hub& hub, const std::vector<std::string>& types) {
    story.commit(types);
    hub.poke();
  }
};

TEST_F(HubTest, ANewEventComesToEachWhoseFilterItMatches) {
  const auto hub = open();
  auto all = listen(*hub, everything());
  auto logins = listen(*hub, of_type("login"));
  auto more_logins = listen(*hub, of_type("login"));
  commit(*hub, {"login", "view", "login"});
  EXPECT_THAT(all.hear(3), ElementsAre("e-0:login", "e-1:view", "e-2:login"));
  EXPECT_THAT(logins.hear(2), ElementsAre("e-0:login", "e-2:login"));
  EXPECT_THAT(more_logins.hear(2), ElementsAre("e-0:login", "e-2:login"));
  EXPECT_EQ(hub->figures().listeners, 3U);
  EXPECT_EQ(hub->figures().missed, 0U);
}

TEST_F(HubTest, WithoutAPositionItBeginsWithWhatComesNext) {
  story.commit({"old"});
  const auto hub = open();
  auto listener = listen(*hub, everything());
  commit(*hub, {"new"});
  EXPECT_THAT(listener.hear(1), ElementsAre("e-1:new"));
}

TEST_F(HubTest, FromAPositionOnItGetsWhatWasMissedAndThenWhatComes) {
  story.commit({"a", "b", "c"});
  const auto hub = open();
  auto listener = listen(*hub, everything(), 1);
  EXPECT_THAT(listener.hear(2), ElementsAre("e-1:b", "e-2:c"));
  commit(*hub, {"d"});
  EXPECT_THAT(listener.hear(1), ElementsAre("e-3:d"));
}

TEST_F(HubTest, EveryMessagesIdResumesRightBehindIt) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  const auto hub = open();
  event::Sequence position = 0;
  event::Sequence next = 0;
  std::vector<std::string> expected;
  for (int round = 0; round < 100; ++round) {
    auto listener = listen(*hub, of_type("login"), position);
    std::vector<std::string> types(random() % 5 + 1);
    for (auto& type : types) {
      type = random() % 2 == 0 ? "login" : "view";
      if (type == "login") expected.push_back("e-" + std::to_string(next) + ":login");
      ++next;
    }
    commit(*hub, types);
    if (random() % 3 == 0 || expected.empty()) continue;  // it leaves without having heard
    ASSERT_EQ(listener.hear(expected.size()), expected);
    expected.clear();
    position = listener.position();
  }
}

TEST_F(HubTest, ASlowListenerMissesTheOldestAndDelaysNobody) {
  options.bytes_max = 40'000;  // two listeners: 20,000 each
  const auto hub = open();
  auto slow = listen(*hub, everything());
  auto quick = listen(*hub, everything());
  await_begin(*slow);
  std::size_t events = 0;
  for (int group = 0; group < 20; ++group) {
    commit(*hub, std::vector<std::string>(50, "x"));
    EXPECT_EQ(quick.hear(50).size(), 50U);
    events += 50;
  }
  const auto got = told((*slow).take());
  ASSERT_FALSE(got.empty());
  ASSERT_TRUE(got.front().starts_with("missed ")) << got.front();
  EXPECT_EQ(std::stoul(got.front().substr(7)) + got.size() - 1, events);
  EXPECT_EQ(got.back(), "e-999:x");
}

TEST_F(HubTest, WhatIsTooFarAheadIsPassedOverAndToldToAll) {
  options.behind_events_max = 100;
  const auto hub = open();
  auto listener = listen(*hub, of_type("login"));
  await_begin(*listener);
  story.commit(500, "view");
  commit(*hub, {"login"});
  const auto got = listener.hear(2);
  EXPECT_THAT(got, ElementsAre("missed 401", "e-500:login"));
  EXPECT_EQ(hub->figures().passed_over, 401U);
}

TEST_F(HubTest, EventsThatCannotBeReadCountAsMissed) {
  const auto hub = open();
  auto listener = listen(*hub, everything());
  await_begin(*listener);
  story.unreadable = true;
  commit(*hub, {"a", "b"});
  EXPECT_THAT(listener.hear(1), ElementsAre("missed 2"));
}

TEST_F(HubTest, MoreThanMayListenAreRefusedAndWhoLeavesMakesRoom) {
  options.listeners_max = 2;
  const auto hub = open();
  auto one = listen(*hub, everything());
  auto two = *hub->listen(everything(), std::nullopt);
  const auto refused = hub->listen(everything(), std::nullopt);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), base::ErrorCode::Overloaded);
  EXPECT_EQ(hub->figures().refused, 1U);
  // The hub may be giving it something just now.
  await_begin(*two);
  two.reset();
  while (hub->figures().listeners > 1) std::this_thread::yield();
  EXPECT_TRUE(hub->listen(everything(), std::nullopt));
}

TEST_F(HubTest, ClosingGivesOutWhatIsVisibleEndsAllAndRefusesLaterOnes) {
  const auto hub = open();
  auto listener = listen(*hub, everything());
  await_begin(*listener);
  commit(*hub, {"last"});
  hub->close();
  EXPECT_THAT(listener.hear(1), ElementsAre("e-0:last"));
  hub->stop();
  EXPECT_TRUE((*listener).ended());
  const auto refused = hub->listen(everything(), std::nullopt);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), base::ErrorCode::Unavailable);
}

TEST_F(HubTest, SilentListenersGetHeartbeats) {
  options.heartbeat = std::chrono::milliseconds(30);
  const auto hub = open();
  auto listener = listen(*hub, of_type("login"));
  await_begin(*listener);
  commit(*hub, {"view"});
  std::string beats;
  while (beats.find("id: AAAAAAAAAAE") == std::string::npos) {
    await(*listener);
    beats += (*listener).take();
  }
  EXPECT_TRUE(beats.starts_with(": heartbeat\n")) << beats;
  EXPECT_THAT(told(beats), IsEmpty());
}

TEST_F(HubTest, ManyListenersWithFiltersOfTheirOwnWhileEventsCome) {
  const auto hub = open();
  std::vector<Ear> listeners;
  for (int i = 0; i < 200; ++i) {
    listeners.push_back(listen(*hub, of_type("t" + std::to_string(i % 50))));
  }
  for (int group = 0; group < 100; ++group) {
    std::vector<std::string> types;
    for (int i = 0; i < 50; ++i) types.push_back("t" + std::to_string(i));
    commit(*hub, types);
  }
  for (auto& listener : listeners) EXPECT_EQ(listener.hear(100).size(), 100U);
}

}  // namespace
}  // namespace tidemark::views::live
