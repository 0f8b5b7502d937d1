// Events of two projects with the same ids go through the journal, recovery, the archive, the
// views, live streams, exports and rebuilding: each project's are there once, in order, and apart.

#include <map>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/embedded_service.hpp"
#include "support/event_ids.hpp"
#include "support/service_process.hpp"
#include "views/live/backlog.hpp"

namespace tidemark {
namespace {

using event::ProjectId;
using testing_support::EmbeddedService;
using testing_support::ids_in;
using testing_support::run_program;
using testing_support::TemporaryFolder;

constexpr auto kOurs = ProjectId::Default;
constexpr auto kTheirs = ProjectId{7};

/// Events of both have the ids from 0 on; they differ by their users.
std::string event_of(ProjectId project, int number) {
  return R"({"event_id":"e-)" + std::to_string(number) +
         R"(","occurred_at":"2025-08-01T10:00:00Z","user_id":")" +
         (project == kOurs ? "ours-" : "theirs-") + std::to_string(number % 7) +
         R"(","event_type":"login"})" + "\n";
}

struct Projects : testing::Test {
  TemporaryFolder folder;
  std::unique_ptr<EmbeddedService> service;
  std::map<ProjectId, int> sent;

  void SetUp() override { open(); }
  void open() {
    service.reset();
    auto opened =
        EmbeddedService::open(files::posix_files(), EmbeddedService::small_settings(folder.path()));
    ASSERT_TRUE(opened) << opened.error().message();
    service = std::move(*opened);
  }
  void post(ProjectId project, int count) {
    std::string ndjson;
    for (int i = 0; i < count; ++i) ndjson += event_of(project, sent[project]++);
    const auto receipt = service->post(ndjson, project);
    ASSERT_TRUE(receipt) << receipt.error().message();
    ASSERT_EQ(receipt->accepted, static_cast<std::size_t>(count));
  }
  /// One event each in turns, and some more of each.
  void post_in_turns() {
    for (int i = 0; i < 20; ++i) {
      post(kOurs, 1);
      post(kTheirs, 1);
    }
    post(kOurs, 30);
    post(kTheirs, 50);
  }

  static query::EventFilter everything_of(ProjectId project) {
    query::ListEvents question;
    question.scope.project = project;
    question.scope.zone = event::utc();
    return query::EventFilter(question);
  }

  /// The ids that a client of the project is given from the first event on.
  std::vector<std::string> live_ids(ProjectId project) {
    auto listener = (*service)->live().listen(everything_of(project), event::Sequence{0});
    EXPECT_TRUE(listener);
    while (!(*listener)->begins()) std::this_thread::yield();
    const auto scan = (*service)->scan_events();
    views::live::Backlog backlog({(*service)->publication(), scan}, *listener,
                                 *(*listener)->begins(), event::kNoSequence);
    std::string text;
    while (!backlog.done()) text += *backlog.next();
    return ids_in(text);
  }
  std::vector<std::string> sent_ids(ProjectId project) {
    std::vector<std::string> ids;
    for (int i = 0; i < sent[project]; ++i) ids.push_back("e-" + std::to_string(i));
    return ids;
  }

  void expect_apart() {
    for (const auto project : {kOurs, kTheirs}) {
      SCOPED_TRACE("project " + std::to_string(static_cast<std::uint32_t>(project)));
      EXPECT_EQ(live_ids(project), sent_ids(project));
      for (const std::string_view engine : {"rollup", "columnar"}) {
        const query::TopEvents question{
            .scope = {.project = project, .zone = event::utc(), .segment = {}},
            .range = {event::LocalDay{20'301}, event::LocalDay{20'301}}};
        const auto answered =
            (*service)->engines().answer(question, *service->visible(), {}, engine);
        ASSERT_TRUE(answered) << engine << ": " << answered.error().message();
        const query::TopEventsRows expected{{.event_type = "login",
                                             .count = static_cast<std::uint64_t>(sent[project]),
                                             .unique_users = 7}};
        EXPECT_EQ(answered->answer, query::answer_of(expected)) << engine;
      }
    }
  }

  /// What the program exports is the one project that its clients have.
  void expect_exported() {
    service.reset();
    const auto exported = run_program({"export", "--data-dir", folder.path()});
    EXPECT_EQ(exported.code, 0) << exported.err;
    EXPECT_EQ(ids_in(exported.out), sent_ids(kOurs));
    EXPECT_THAT(exported.out, testing::Not(testing::HasSubstr("theirs")));
    open();
  }
};

TEST_F(Projects, AreApartInTheTailAfterARestartAndInTheArchive) {
  post_in_turns();
  expect_apart();
  open();
  expect_apart();
  auto archived = (*service)->archiver().archive_all();
  ASSERT_TRUE(archived) << archived.error().message();
  expect_apart();
  post_in_turns();
  expect_apart();
  expect_exported();
  expect_apart();
}

TEST_F(Projects, KnowTheirOwnIdsAndNotTheOthers) {
  post(kOurs, 10);
  const auto ours = service->post(event_of(kOurs, 3), kOurs);
  ASSERT_TRUE(ours);
  EXPECT_EQ(ours->duplicates, 1U);
  post(kTheirs, 10);
  open();
  const auto theirs = service->post(event_of(kTheirs, 3) + event_of(kTheirs, 10), kTheirs);
  ASSERT_TRUE(theirs);
  EXPECT_EQ(theirs->duplicates, 1U);
  EXPECT_EQ(theirs->accepted, 1U);
}

TEST_F(Projects, AreApartInViewsThatAreMadeAnew) {
  post_in_turns();
  ASSERT_TRUE((*service)->archiver().archive_all());
  post_in_turns();
  service.reset();
  const auto rebuilt = run_program({"rebuild", "--data-dir", folder.path()});
  EXPECT_EQ(rebuilt.code, 0) << rebuilt.err;
  const auto verified = run_program({"verify", "--data-dir", folder.path()});
  EXPECT_EQ(verified.code, 0) << verified.err;
  open();
  expect_apart();
}

}  // namespace
}  // namespace tidemark
