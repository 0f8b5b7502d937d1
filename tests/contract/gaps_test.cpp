// A folder whose archive has gaps, because events were removed: what is left is listed, found,
// followed and exported; what was removed is nowhere, stays known by its id, and costs nobody a
// cursor or a position.

#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/embedded_service.hpp"
#include "support/event_ids.hpp"
#include "support/removed_events.hpp"
#include "support/service_process.hpp"
#include "views/live/backlog.hpp"

namespace tidemark {
namespace {

using event::Sequence;
using testing_support::EmbeddedService;
using testing_support::ids_in;
using testing_support::run_program;
using testing_support::TemporaryFolder;

constexpr int kEvents = 300;  // three segments of 100
constexpr int kMore = 20;     // that are not archived

/// All of the second segment, and every third of the others.
bool is_removed(Sequence at) { return at < kEvents && (at / 100 == 1 || at % 3 == 1); }

std::string id_of(Sequence at) { return "e-" + std::to_string(at); }

std::string event_of(int number) {
  return R"({"event_id":")" + id_of(static_cast<Sequence>(number)) +
         R"(","occurred_at":"2025-08-01T10:00:00Z","user_id":"u-)" + std::to_string(number % 7) +
         R"(","event_type":"login","properties":{"n":)" + std::to_string(number) + "}}\n";
}

struct Gaps : testing::Test {
  TemporaryFolder folder;
  std::unique_ptr<EmbeddedService> service;

  Gaps() {
    open();
    post(0, kEvents);
    const auto archived = (*service)->archiver().archive_all();
    EXPECT_TRUE(archived) << archived.error().message();
    EXPECT_EQ(service->visible()->manifest->segments.size(), 3U);
    service.reset();
    const auto removed = testing_support::remove_events(folder.path(), is_removed);
    EXPECT_TRUE(removed) << removed.error().message();
    open();
    post(kEvents, kMore);
  }

  void open() {
    service.reset();
    auto settings = EmbeddedService::small_settings(folder.path());
    settings.archive_events = 100;
    auto opened = EmbeddedService::open(files::posix_files(), settings);
    ASSERT_TRUE(opened) << opened.error().message();
    service = std::move(*opened);
  }

  void post(int first, int count) {
    std::string ndjson;
    for (int i = 0; i < count; ++i) ndjson += event_of(first + i);
    const auto receipt = service->post(ndjson);
    ASSERT_TRUE(receipt) << receipt.error().message();
    ASSERT_EQ(receipt->accepted, static_cast<std::size_t>(count));
  }

  static std::vector<std::string> left(Sequence from = 0) {
    std::vector<std::string> ids;
    for (Sequence at = from; at < kEvents + kMore; ++at) {
      if (!is_removed(at)) ids.push_back(id_of(at));
    }
    return ids;
  }

  /// What a client is given that comes back from `from`.
  std::vector<std::string> live_ids(Sequence from) {
    query::ListEvents everything;
    everything.scope.zone = event::utc();
    auto listener = (*service)->live().listen(query::EventFilter(everything), from);
    EXPECT_TRUE(listener);
    while (!(*listener)->begins()) std::this_thread::yield();
    const auto scan = (*service)->scan_events();
    views::live::Backlog backlog({(*service)->publication(), scan}, *listener,
                                 *(*listener)->begins(), event::kNoSequence);
    std::string text;
    while (!backlog.done()) text += *backlog.next();
    return ids_in(text);
  }
};

TEST_F(Gaps, EventsAreListedPageByPage) {
  query::ListEvents question;
  question.scope.zone = event::utc();
  question.limit = 7;
  std::vector<std::string> ids;
  std::set<std::string> once;
  for (;;) {
    const auto page = (*service)->columnar().list(question, *service->visible(), {});
    ASSERT_TRUE(page) << page.error().message();
    for (const auto& one : page->events) {
      ids.push_back(one.id);
      once.insert(one.id);
    }
    if (!page->more) break;
    question.after = {.occurred_at = page->events.back().occurred_at,
                      .event_id = page->events.back().id,
                      .position = service->visible()->position};
  }
  EXPECT_EQ(ids.size(), left().size());
  for (const auto& id : left()) EXPECT_TRUE(once.contains(id)) << id;
}

TEST_F(Gaps, EventsAreFoundByTheirPlaceAndRemovedOnesAreNot) {
  std::vector<Sequence> wanted;
  for (Sequence at = 0; at < kEvents + kMore + 5; ++at) wanted.push_back(at);
  const auto found = (*service)->columnar().by_sequences(*service->visible(), wanted);
  ASSERT_TRUE(found) << found.error().message();
  std::vector<std::string> ids;
  for (const auto& one : *found) ids.push_back(one.id);
  EXPECT_EQ(ids, left());
}

TEST_F(Gaps, LiveClientsThatComeBackGetWhatIsLeft) {
  for (const Sequence from : {0U, 1U, 99U, 150U, 200U, 202U, 310U}) {
    EXPECT_EQ(live_ids(from), left(from)) << from;
  }
}

TEST_F(Gaps, ARemovedEventStaysKnownByItsId) {
  const auto again = service->post(event_of(1) + event_of(150) + event_of(2));
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(again->duplicates, 3U);
  EXPECT_EQ(again->outcomes[1].sequence, 150U);
  open();
  const auto later = service->post(event_of(150));
  ASSERT_TRUE(later);
  EXPECT_EQ(later->duplicates, 1U);
}

TEST_F(Gaps, TheArchiveGoesOnBehindThem) {
  const auto archived = (*service)->archiver().archive_all();
  ASSERT_TRUE(archived) << archived.error().message();
  const auto visible = service->visible();
  EXPECT_EQ(visible->manifest->end(), static_cast<Sequence>(kEvents + kMore));
  EXPECT_EQ(visible->manifest->emptied.size(), 1U);
  open();
  EXPECT_EQ(*service->ids(), left());
  EXPECT_EQ(live_ids(0), left());
}

TEST_F(Gaps, ALastSegmentOfWhichAllWasRemovedIsPassedOver) {
  ASSERT_TRUE((*service)->archiver().archive_all());
  service.reset();
  const auto removed = testing_support::remove_events(
      folder.path(), [](Sequence at) { return at >= 200 && at < kEvents + kMore; });
  ASSERT_TRUE(removed) << removed.error().message();
  open();
  EXPECT_EQ(service->visible()->position, static_cast<Sequence>(kEvents + kMore));
  post(kEvents + kMore, 1);
  const auto ids = *service->ids();
  EXPECT_EQ(ids.back(), id_of(kEvents + kMore));
  EXPECT_EQ(ids.size(), 67U + 1U);
}

TEST_F(Gaps, TheProgramVerifiesRebuildsAndExportsIt) {
  service.reset();
  for (const auto* command : {"verify", "rebuild", "verify"}) {
    const auto done = run_program({command, "--data-dir", folder.path()});
    EXPECT_EQ(done.code, 0) << command << ": " << done.err << done.out;
  }
  const auto exported = run_program({"export", "--data-dir", folder.path()});
  EXPECT_EQ(exported.code, 0) << exported.err;
  EXPECT_EQ(ids_in(exported.out), left());
}

}  // namespace
}  // namespace tidemark
