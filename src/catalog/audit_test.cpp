// The record of changes: read in pages, without a secret, bounded, and in one order whoever changes
// what at the same time. And the other bounds of the catalog.

#include "catalog/audit.hpp"

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/catalog_fixture.hpp"
#include "catalog/rows.hpp"

namespace tidemark::catalog {
namespace {

using base::ErrorCode;
using event::ProjectId;
using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

const Author kSomebody{.who = "command line"};

struct CatalogAudit : CatalogTest {
  /// The ids of a page.
  std::vector<std::uint64_t> ids(const AuditRange& range) {
    std::vector<std::uint64_t> ids;
    for (const auto& entry : got(catalog->audit(range))) ids.push_back(entry.id);
    return ids;
  }
  void retitle(const std::string& project, const std::string& title) {
    got(catalog->change_project(kSomebody, project, {.title = title}));
  }
  void run(const std::string& sql) { got(database->run(sql)); }

  std::unique_ptr<Catalog> catalog = open();
  std::unique_ptr<Database> database = connect();  // beside the catalog
};

TEST_P(CatalogAudit, AnEntryTellsWhoAndFromWhereAndWhen) {
  const Author author{.who = "key 3 (deploy\n)", .from = "192.0.2.1"};
  got(catalog->create_project(author, "web", {}));
  const auto entries = got(catalog->audit({}));
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].id, got(catalog->version()));
  EXPECT_EQ(entries[0].at, clock.now());
  EXPECT_EQ(entries[0].who, "key 3 (deploy\\n)");
  EXPECT_EQ(entries[0].from, "192.0.2.1");
  EXPECT_EQ(entries[0].what, "project.create");
  EXPECT_EQ(entries[0].on, "project web");
  EXPECT_EQ(entries[0].project, ProjectId{1});
  EXPECT_EQ(entries[0].detail, "{}");
}

TEST_P(CatalogAudit, PagesGoBackFromTheNewest) {
  for (const auto* title : {"a", "b", "c", "d", "e"}) retitle("default", title);
  EXPECT_THAT(ids({.limit = 2}), ElementsAre(6, 5));
  EXPECT_THAT(ids({.before = 5, .limit = 2}), ElementsAre(4, 3));
  EXPECT_THAT(ids({.before = 3, .limit = 2}), ElementsAre(2));
  EXPECT_THAT(ids({.before = 0}), SizeIs(0));
  EXPECT_THAT(ids({.before = UINT64_MAX}), SizeIs(5));
  EXPECT_THAT(ids({.limit = 0}), SizeIs(0));
  EXPECT_THAT(ids({.limit = SIZE_MAX}), SizeIs(5));
}

TEST_P(CatalogAudit, APageIsOfOneProjectWhereOneIsNamed) {
  got(catalog->create_project(kSomebody, "web", {}));                                // 2
  got(catalog->add_key(kSomebody, {.kind = KeyKind::Admin, .digest = digest(1)}));   // 3
  retitle("default", "x");                                                           // 4
  got(catalog->add_key(kSomebody, {.project = ProjectId{1}, .digest = digest(2)}));  // 5
  EXPECT_THAT(ids({.project = ProjectId{1}}), ElementsAre(5, 2));
  EXPECT_THAT(ids({.before = 5, .project = ProjectId{1}}), ElementsAre(2));
  EXPECT_THAT(ids({.project = ProjectId::Default}), ElementsAre(4));
  EXPECT_THAT(ids({}), ElementsAre(5, 4, 3, 2));
  EXPECT_FALSE(got(catalog->audit({.before = 4, .limit = 1}))[0].project);
}

TEST_P(CatalogAudit, NoEntryHoldsADigest) {
  got(catalog->add_key(kSomebody, {.project = ProjectId::Default, .digest = digest(1)}));
  got(catalog->revoke_key(kSomebody, 1));
  const auto secret = text_of(digest(1));
  EXPECT_THAT(secret, HasSubstr("f000"));
  for (const auto& entry : got(catalog->audit({}))) {
    EXPECT_THAT((std::vector{entry.who, entry.from, entry.what, entry.on, entry.detail}),
                Each(AllOf(Not(HasSubstr("f000")), Not(HasSubstr(secret)))));
  }
}

TEST_P(CatalogAudit, TheOldestEntriesGo) {
  retitle("default", "a");  // 2
  retitle("default", "b");  // 3
  run("UPDATE catalog_version SET version = " + std::to_string(kAuditEntriesMax + 1));
  retitle("default", "c");
  EXPECT_THAT(ids({}), ElementsAre(kAuditEntriesMax + 2, 3));
  retitle("default", "d");
  EXPECT_THAT(ids({}), ElementsAre(kAuditEntriesMax + 3, kAuditEntriesMax + 2));
}

TEST_P(CatalogAudit, ThereAreOnlySoManyProjects) {
  run(many("INSERT INTO catalog_project (name, title, timezone, created_at)", kProjectsMax - 2,
           "'p' || i, '', '', 0"));
  got(catalog->create_project(kSomebody, "last", {}));
  const auto before = got(catalog->version());
  EXPECT_THAT(refused(catalog->create_project(kSomebody, "web", {}), ErrorCode::TooLarge),
              HasSubstr("there are 10000 projects"));
  EXPECT_EQ(got(catalog->version()), before);
  EXPECT_THAT(got(catalog->contents()).projects, SizeIs(kProjectsMax));
}

TEST_P(CatalogAudit, ThereAreOnlySoManyKeys) {
  run(many("INSERT INTO catalog_key (kind, name, digest, origins, created_at)", kKeysMax - 1,
           "'admin', '', 'd' || i, '[]', 0"));
  got(catalog->add_key(kSomebody, {.kind = KeyKind::Admin, .digest = digest(1)}));
  EXPECT_THAT(refused(catalog->add_key(kSomebody, {.kind = KeyKind::Admin, .digest = digest(2)}),
                      ErrorCode::TooLarge),
              HasSubstr("there are 100000 keys with the revoked ones"));
}

TEST_P(CatalogAudit, ChangesOfSeveralProcessesAreAllThereInOneOrder) {
  constexpr unsigned kEach = 20;
  constexpr unsigned kProcesses = 3;
  const auto before = got(catalog->version());
  std::vector<std::thread> processes;
  for (unsigned process = 0; process < kProcesses; ++process) {
    processes.emplace_back([this, process] {
      const auto own = open();
      for (unsigned i = 0; i < kEach; ++i) {
        const auto number = process * kEach + i + 1;
        got(own->add_key(kSomebody, {.project = ProjectId::Default, .digest = digest(number)}));
        got(own->note_used(std::array{std::uint64_t{1}, std::uint64_t{number}}, number));
        got(own->create_project(kSomebody, "p" + std::to_string(number), {}));
      }
    });
  }
  for (auto& process : processes) process.join();

  constexpr std::size_t kChanges = std::size_t{2} * kEach * kProcesses;
  const auto contents = got(catalog->contents());
  EXPECT_EQ(contents.version, before + kChanges);
  EXPECT_THAT(contents.keys, SizeIs(kChanges / 2));
  ASSERT_THAT(contents.projects, SizeIs(kChanges / 2 + 1));
  EXPECT_EQ(contents.projects.back().id, ProjectId{kChanges / 2});
  const auto entries = ids({.limit = 1'000});
  ASSERT_THAT(entries, SizeIs(kChanges));
  EXPECT_EQ(entries.front(), contents.version);
  EXPECT_EQ(entries.back(), before + 1);
}

TEST_P(CatalogAudit, AChangeThatFailsAfterItsEntryLeavesNeither) {
  const auto before = got(catalog->version());
  const auto failed = database->transaction(Access::Change, [&]() -> base::Status {
    const Change change{.what = "project.create", .on = "project default"};
    if (auto noted = note_change(*database, kSomebody, 1, change); !noted) return noted;
    auto added = database->run(
        "INSERT INTO catalog_project (name, title, timezone, created_at) "
        "VALUES ('default', '', '', 1)");
    if (!added) return added.error();
    return base::ok;
  });
  refused(failed, ErrorCode::Conflict);
  EXPECT_EQ(got(catalog->version()), before);
  EXPECT_THAT(ids({}), SizeIs(0));
  retitle("default", "goes on");
  EXPECT_THAT(ids({}), ElementsAre(before + 1));
}

INSTANTIATE_TEST_SUITE_P(Over, CatalogAudit, testing::Values(Over::Sqlite, Over::Postgres),
                         name_of_database);

}  // namespace
}  // namespace tidemark::catalog
