// A zone's days are built while events arrive, and are exact at every moment.

#include <iostream>
#include <random>

#include <gtest/gtest.h>

#include "query/publication.hpp"
#include "views/rollup/engine.hpp"
#include "views/rollup/random_story.hpp"

namespace tidemark::views::rollup {
namespace {

using event::ProjectId;
using event::Sequence;

const std::vector<const char*> kZones{
    "Asia/Kathmandu",    "Australia/Lord_Howe", "America/New_York",   "Pacific/Apia",
    "Africa/Casablanca", "America/St_Johns",    "Pacific/Kiritimati", "Europe/Kyiv",
    "America/Sao_Paulo", "Asia/Tehran"};

/// A commit loop in small: the list is the ledger, and what is committed is published at once.
struct ZoneSetsTest : testing::Test {
  ZoneSetsTest() {
    std::cout << "seed " << seed << "\n";
    open({});
  }
  ~ZoneSetsTest() override { rollup->stop(); }

  void open(RollupOptions options) {
    options.events_of_a_share_min = 100;
    rollup = *Rollup::open(files::posix_files(), std::move(options));
    engine = std::make_unique<RollupEngine>(*rollup);
    rollup->start({.replay = {[this](const query::Visible& visible, Sequence from, Sequence to,
                                     const event::RowVisitor& visit) -> base::Status {
                     EXPECT_TRUE(from > 0 || visible.views.empty());  // else it is held for long
                     if (replay_fails)
                       return base::Error(base::ErrorCode::Unavailable, "disk away");
                     std::vector<event::StoredRow> rows;
                     {
                       const std::lock_guard lock(list_mutex);
                       rows = list.rows(from, to);
                     }
                     return visit({ProjectId::Default, rows});
                   }},
                   .visible_at =
                       [this](Sequence position, std::chrono::milliseconds patience) {
                         return publication.wait_for(position, patience);
                       },
                   .wake_writer =
                       [this] {
                         const std::lock_guard lock(woken_mutex);
                         woken = true;
                         woken_changed.notify_all();
                       }});
    publish();
  }

  void publish() {
    auto state = std::make_shared<query::Visible>();
    state->position = rollup->position();
    state->views = {{rollup.get(), rollup->root()}};
    publication.publish(std::move(state));
  }
  /// One round of the writer, with `events` more events; without any it is just its turn.
  void round(int events) {
    Sequence end = 0;
    std::vector<event::StoredRow> rows;
    {
      const std::lock_guard lock(list_mutex);
      story.tell(list, events);
      end = list.events().size();
      rows = list.rows(rollup->position(), end);
    }
    publication.take_back();
    rollup->apply({ProjectId::Default, rows});
    if (rollup->wants_turn()) rollup->take_turn();
    publish();
  }
  /// Turns of the writer until the zone answers at once.
  void build(const event::ZonePtr& zone) {
    const query::Question question = story.question(zone->name()).question();
    while (!engine->can_answer(plain(question), *publication.current())) {
      std::unique_lock lock(woken_mutex);
      woken_changed.wait(lock, [&] { return woken; });
      woken = false;
      lock.unlock();
      round(0);
      // Asked anew where the build was over before it was noticed.
    }
  }
  static query::Question plain(query::Question question) {
    std::visit([](auto& asked) { asked.scope.segment = {}; }, question);
    return question;
  }
  void expect_exact(const event::ZonePtr& zone, const query::Visible& state, bool patient = false) {
    const contract::Asked asked = story.question(zone->name());
    auto answered = engine->answer(asked.question(), state, cancellation, patient);
    ASSERT_TRUE(answered) << answered.error().message();
    ASSERT_EQ(*answered, expected_answer(asked, list, state.position)) << zone->name();
  }

  unsigned seed = std::random_device{}();
  RandomStory story{seed};
  std::mutex list_mutex;
  EventList list;
  query::Publication publication;
  std::mutex woken_mutex;
  std::condition_variable woken_changed;
  bool woken = false;
  std::atomic<bool> replay_fails = false;
  query::Cancellation cancellation;
  std::unique_ptr<Rollup> rollup;
  std::unique_ptr<RollupEngine> engine;
};

TEST_F(ZoneSetsTest, AZoneIsBuiltOnceItIsAskedFor) {
  round(500);
  for (const char* name : {"Asia/Kathmandu", "Pacific/Apia", "America/St_Johns"}) {
    const auto zone = *event::find_zone(name);
    EXPECT_FALSE(engine->can_answer(
        query::TopEvents{.scope = {.zone = zone, .segment = {}}, .range = {}, .limit = 10},
        *publication.current()));
    build(zone);
    for (int i = 0; i < 10; ++i) {
      round(20);
      for (int j = 0; j < 10; ++j) expect_exact(zone, *publication.current());
    }
  }
  EXPECT_EQ(rollup->counts().zones, 3U);
}

TEST_F(ZoneSetsTest, APatientQuestionIsAnsweredAtItsOwnPosition) {
  round(800);
  const auto zone = *event::find_zone("Australia/Lord_Howe");
  const auto before = publication.current();
  round(50);
  const auto after = publication.current();
  expect_exact(zone, *before, true);  // starts the build, from `before`
  expect_exact(zone, *after, true);   // and reads what the base of it lacks
}

TEST_F(ZoneSetsTest, APatientQuestionIsAnsweredHoweverFastTheBuildIs) {
  round(5);
  std::atomic<bool> over = false;
  std::thread writer([&] {
    while (!over) {
      if (rollup->wants_turn()) round(0);
    }
  });
  for (int i = 0; i < 20 && !HasFailure(); ++i) {
    for (const char* name : kZones) {
      const auto zone = *event::find_zone(name);
      const auto question = plain(story.question(zone->name()).question());
      const auto state = publication.current();
      auto answered = engine->answer(question, *state, cancellation, true);
      EXPECT_TRUE(answered) << answered.error().message();
    }
  }
  over = true;
  writer.join();
}

TEST_F(ZoneSetsTest, ABuildMissesNothingThatIsCommittedMeanwhile) {
  round(300);
  for (const char* name : kZones) {
    const auto zone = *event::find_zone(name);
    std::atomic<bool> over = false;
    std::thread asker([&] {
      const query::Question question = query::TopEvents{
          .scope = {.zone = zone, .segment = {}}, .range = {{20'380}, {20'420}}, .limit = 5};
      while (!engine->can_answer(question, *publication.current())) std::this_thread::yield();
      over = true;
    });
    for (int i = 0; !over; ++i) round(i < 100 ? 3 : 0);
    asker.join();
    for (int j = 0; j < 10; ++j) expect_exact(zone, *publication.current());
  }
  EXPECT_EQ(rollup->counts().zones, 8U);
}

TEST_F(ZoneSetsTest, ZonesThatWereNotUsedForLongestGo) {
  round(100);
  const auto kept = *event::find_zone("Europe/Kyiv");
  build(kept);
  for (const char* name : kZones) {
    expect_exact(kept, *publication.current());
    if (std::string_view(name) != "Europe/Kyiv") build(*event::find_zone(name));
  }
  EXPECT_EQ(rollup->counts().zones, 8U);
  expect_exact(kept, *publication.current());
  const auto gone = *event::find_zone("Asia/Kathmandu");
  auto answered = engine->answer(plain(story.question(gone->name()).question()),
                                 *publication.current(), cancellation, false);
  ASSERT_FALSE(answered);
  EXPECT_EQ(answered.error().code(), base::ErrorCode::Overloaded);
  build(gone);
  expect_exact(gone, *publication.current());
}

TEST_F(ZoneSetsTest, NamesOfTheSameRulesShareTheirDays) {
  round(100);
  build(*event::find_zone("Europe/Kyiv"));
  expect_exact(*event::find_zone("Europe/Kiev"), *publication.current());
  expect_exact(*event::find_zone("Etc/UTC"), *publication.current());
  EXPECT_EQ(rollup->counts().zones, 1U);
}

TEST_F(ZoneSetsTest, AFailedReadingIsToldAndTriedAgain) {
  round(100);
  const auto zone = *event::find_zone("Asia/Tokyo");
  replay_fails = true;
  auto answered = engine->answer(plain(story.question(zone->name()).question()),
                                 *publication.current(), cancellation, true);
  ASSERT_FALSE(answered);
  EXPECT_EQ(answered.error().code(), base::ErrorCode::Unavailable);
  replay_fails = false;
  build(zone);
  expect_exact(zone, *publication.current());
}

TEST_F(ZoneSetsTest, PatienceHasAnEnd) {
  rollup->stop();
  open({.folder = {}, .zone_patience = std::chrono::milliseconds(0)});
  round(3'000);
  const auto zone = *event::find_zone("Asia/Tokyo");
  const std::lock_guard lock(list_mutex);  // the replay waits
  auto answered = engine->answer(plain(story.question(zone->name()).question()),
                                 *publication.current(), cancellation, true);
  ASSERT_FALSE(answered);
  EXPECT_EQ(answered.error().code(), base::ErrorCode::Overloaded);
}

}  // namespace
}  // namespace tidemark::views::rollup
