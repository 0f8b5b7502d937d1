// What the catalog promises, over each database: who may make what, one version and one entry of
// the audit for each change, and nothing where a change failed.

#include "catalog/catalog.hpp"

#include <array>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/catalog_fixture.hpp"
#include "catalog/migrations.hpp"
#include "event/timestamp.hpp"

namespace tidemark::catalog {
namespace {

using base::ErrorCode;
using event::ProjectId;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr Micros kHour = 3'600 * base::kMicrosPerSecond;
const Author kSomebody{.who = "command line", .from = ""};

struct Catalogs : CatalogTest {
  /// What the newest entry says: "project.create project web {…}".
  std::string newest() {
    const auto entries = got(catalog->audit({.limit = 1}));
    if (entries.size() != 1) return {};
    return entries[0].what + " " + entries[0].on + " " + entries[0].detail;
  }
  Project web() { return got(catalog->create_project(kSomebody, "web", {.title = "The web"})); }

  std::unique_ptr<Catalog> catalog = open();
};

TEST_P(Catalogs, TheDefaultProjectIsThereFromTheStart) {
  const auto contents = got(catalog->contents());
  ASSERT_EQ(contents.projects.size(), 1U);
  EXPECT_EQ(contents.projects[0].id, ProjectId::Default);
  EXPECT_EQ(contents.projects[0].name, kDefaultProject);
  EXPECT_EQ(contents.projects[0].title, "");
  EXPECT_EQ(contents.projects[0].timezone, "");
  EXPECT_EQ(contents.projects[0].created_at, clock.now());
  EXPECT_THAT(contents.keys, IsEmpty());
  EXPECT_GT(contents.version, 0U);
  EXPECT_THAT(got(catalog->audit({})), IsEmpty());
}

TEST_P(Catalogs, AProjectIsCreatedWithTheNextNumber) {
  const auto first = web();
  EXPECT_EQ(first.id, ProjectId{1});
  EXPECT_EQ(newest(), R"(project.create project web {"title":"The web"})");
  const auto second = got(catalog->create_project(kSomebody, "app-2", {.timezone = "Europe/Kyiv"}));
  EXPECT_EQ(second.id, ProjectId{2});
  EXPECT_EQ(second.title, "");
  EXPECT_EQ(second.timezone, "Europe/Kyiv");

  const auto contents = got(open()->contents());
  ASSERT_EQ(contents.projects.size(), 3U);
  EXPECT_EQ(contents.projects[1].name, "web");
  EXPECT_EQ(contents.projects[1].title, "The web");
  EXPECT_EQ(contents.projects[2].name, "app-2");
}

TEST_P(Catalogs, ATakenNameIsAConflictAndCostsNoNumber) {
  web();
  const auto before = got(catalog->version());
  EXPECT_EQ(refused(catalog->create_project(kSomebody, "web", {}), ErrorCode::Conflict),
            "there is a project `web` already");
  refused(catalog->create_project(kSomebody, "default", {}), ErrorCode::Conflict);
  EXPECT_EQ(got(catalog->version()), before);
  EXPECT_EQ(got(catalog->create_project(kSomebody, "next", {})).id, ProjectId{2});
}

TEST_P(Catalogs, TextsThatBreakARuleAreRefusedInWords) {
  const auto before = got(catalog->version());
  EXPECT_THAT(refused(catalog->create_project(kSomebody, "Web", {}), ErrorCode::InvalidInput),
              HasSubstr("1 to 64 of a-z, 0-9 and -, the first a letter, received \"Web\""));
  EXPECT_THAT(refused(catalog->create_project(kSomebody, "web", {.title = "a\nb"}),
                      ErrorCode::InvalidInput),
              HasSubstr("expected a title in UTF-8 without control characters"));
  EXPECT_THAT(refused(catalog->create_project(kSomebody, "web", {.title = std::string(201, 'x')}),
                      ErrorCode::InvalidInput),
              HasSubstr("at most 200 bytes, received 201"));
  EXPECT_THAT(refused(catalog->change_project(kSomebody, "default", {.timezone = "Kyiv"}),
                      ErrorCode::InvalidInput),
              HasSubstr("expected an IANA time zone"));
  EXPECT_EQ(got(catalog->version()), before);
  EXPECT_THAT(got(catalog->audit({})), IsEmpty());
}

TEST_P(Catalogs, AChangeTellsOnlyWhatIsDifferent) {
  web();
  const auto changed = got(
      catalog->change_project(kSomebody, "web", {.title = "The web", .timezone = "Asia/Tokyo"}));
  EXPECT_EQ(changed.timezone, "Asia/Tokyo");
  EXPECT_EQ(newest(), R"(project.change project web {"timezone":"Asia/Tokyo"})");
  const auto emptied = got(catalog->change_project(kSomebody, "web", {.title = ""}));
  EXPECT_EQ(emptied.title, "");
  EXPECT_EQ(emptied.timezone, "Asia/Tokyo");
  EXPECT_EQ(got(catalog->contents()).projects[1].timezone, "Asia/Tokyo");
}

TEST_P(Catalogs, WhatAsksForNothingNewIsNoChange) {
  web();
  const auto before = got(catalog->version());
  EXPECT_EQ(got(catalog->change_project(kSomebody, "web", {.title = "The web"})).title, "The web");
  EXPECT_EQ(got(catalog->version()), before);
}

TEST_P(Catalogs, AProjectThatIsNotThereIsNotFound) {
  EXPECT_EQ(refused(catalog->change_project(kSomebody, "none", {}), ErrorCode::NotFound),
            "there is no project `none`");
  refused(catalog->change_project(kSomebody, "NO\n", {}), ErrorCode::NotFound);
  EXPECT_EQ(refused(catalog->add_key(kSomebody, {.project = ProjectId{7}}), ErrorCode::NotFound),
            "there is no project 7");
}

TEST_P(Catalogs, AKeyComesBackAsItWasAdded) {
  const auto project = web().id;
  const auto expires = clock.now() + kHour;
  const auto added =
      got(catalog->add_key(kSomebody, {.kind = KeyKind::Write,
                                       .project = project,
                                       .name = "the \"page\" – ü",
                                       .digest = digest(1),
                                       .origins = {"https://app.example", "http://[::1]:8080", "*"},
                                       .expires_at = expires}));
  const auto keys = got(open()->contents()).keys;
  ASSERT_EQ(keys.size(), 1U);
  for (const auto& key : {added, keys[0]}) {
    EXPECT_EQ(key.id, 1U);
    EXPECT_EQ(key.kind, KeyKind::Write);
    EXPECT_EQ(key.project, project);
    EXPECT_EQ(key.name, "the \"page\" – ü");
    EXPECT_EQ(key.digest, digest(1));
    EXPECT_THAT(key.origins, ElementsAre("https://app.example", "http://[::1]:8080", "*"));
    EXPECT_EQ(key.created_at, clock.now());
    EXPECT_EQ(key.expires_at, expires);
    EXPECT_FALSE(key.last_used_at);
    EXPECT_FALSE(key.revoked_at);
  }
  EXPECT_EQ(newest(),
            "key.create key 1 (the \"page\" – ü) "
            R"({"kind":"write","project":"web","origins":["https://app.example",)"
            R"("http://[::1]:8080","*"],"expires":")" +
                event::to_string(expires) + "\"}");
}

TEST_P(Catalogs, OnlyAnAdminKeyIsOneOfAllProjects) {
  const auto all = got(catalog->add_key(kSomebody, {.kind = KeyKind::Admin, .digest = digest(1)}));
  EXPECT_FALSE(all.project);
  EXPECT_EQ(newest(), R"(key.create key 1 {"kind":"admin"})");
  for (const auto kind : {KeyKind::Write, KeyKind::Read}) {
    refused(catalog->add_key(kSomebody, {.kind = kind, .digest = digest(2)}),
            ErrorCode::InvalidInput);
  }
}

TEST_P(Catalogs, KeysThatBreakARuleAreRefusedInWords) {
  const auto refusal = [&](NewKey key, ErrorCode code = ErrorCode::InvalidInput) {
    key.project = ProjectId::Default;
    return refused(catalog->add_key(kSomebody, key), code);
  };
  EXPECT_THAT(refusal({.name = "\xff"}), HasSubstr("expected a name in UTF-8"));
  EXPECT_THAT(refusal({.expires_at = clock.now()}), HasSubstr("expected an instant to come"));
  EXPECT_THAT(refusal({.origins = {"https://app.example/"}}), HasSubstr("without a path"));
  EXPECT_THAT(refusal({.origins = std::vector<std::string>(101, "*")}, ErrorCode::TooLarge),
              HasSubstr("at most 100 origins, received 101"));
  EXPECT_THAT(got(catalog->contents()).keys, IsEmpty());
}

TEST_P(Catalogs, OneDigestIsOneKey) {
  const NewKey key{.project = ProjectId::Default, .digest = digest(1)};
  got(catalog->add_key(kSomebody, key));
  refused(catalog->add_key(kSomebody, key), ErrorCode::Conflict);
  EXPECT_THAT(got(catalog->contents()).keys, SizeIs(1));
}

TEST_P(Catalogs, ARevokedKeyStaysInTheListAsItWasRevokedFirst) {
  got(catalog->add_key(kSomebody, {.project = ProjectId::Default, .digest = digest(1)}));
  clock.advance(kHour);
  const auto revoked = got(catalog->revoke_key(kSomebody, 1));
  EXPECT_EQ(revoked.revoked_at, clock.now());
  EXPECT_EQ(newest(), "key.revoke key 1 {}");
  const auto version = got(catalog->version());
  clock.advance(kHour);
  EXPECT_EQ(got(catalog->revoke_key(kSomebody, 1)).revoked_at, revoked.revoked_at);
  EXPECT_EQ(got(catalog->version()), version);
  EXPECT_EQ(got(catalog->contents()).keys[0].revoked_at, revoked.revoked_at);
  refused(catalog->revoke_key(kSomebody, 2), ErrorCode::NotFound);
  refused(catalog->revoke_key(kSomebody, UINT64_MAX), ErrorCode::NotFound);
}

TEST_P(Catalogs, AnExpiredKeyIsListed) {
  got(catalog->add_key(
      kSomebody,
      {.project = ProjectId::Default, .digest = digest(1), .expires_at = clock.now() + kHour}));
  clock.advance(2 * kHour);
  EXPECT_THAT(got(catalog->contents()).keys, SizeIs(1));
}

TEST_P(Catalogs, AUseIsNotedAndIsNoChange) {
  got(connect()->run(
      many("INSERT INTO catalog_key (kind, name, digest, origins, created_at)",
           600,  // more than one statement takes
           "'admin', '', '" + std::string(57, '0') + "' || (1000000 + i), '[]', 0")));
  const auto version = got(catalog->version());
  std::vector<std::uint64_t> ids{UINT64_MAX};
  for (std::uint64_t id = 2; id <= 600; ++id) ids.push_back(id);
  got(catalog->note_used({}, kHour));
  got(catalog->note_used(ids, 2 * kHour));
  got(catalog->note_used(std::array{std::uint64_t{2}}, kHour));  // heard of later
  const auto keys = got(catalog->contents()).keys;
  ASSERT_EQ(keys.size(), 600U);
  EXPECT_FALSE(keys[0].last_used_at);
  EXPECT_EQ(keys[1].last_used_at, 2 * kHour);
  EXPECT_EQ(keys[599].last_used_at, 2 * kHour);
  EXPECT_EQ(got(catalog->version()), version);
}

TEST_P(Catalogs, AnAuthorOfOneProjectReachesNoOther) {
  const auto project = web().id;
  const Author author{.who = "key 9", .from = "192.0.2.1", .only = project};
  got(catalog->add_key(kSomebody, {.project = ProjectId::Default, .digest = digest(1)}));
  got(catalog->add_key(kSomebody, {.kind = KeyKind::Admin, .digest = digest(2)}));
  const auto before = got(catalog->version());
  refused(catalog->create_project(author, "other", {}), ErrorCode::Conflict);
  refused(catalog->change_project(author, "default", {.title = "x"}), ErrorCode::NotFound);
  refused(catalog->add_key(author, {.project = ProjectId::Default, .digest = digest(3)}),
          ErrorCode::NotFound);
  refused(catalog->add_key(author, {.kind = KeyKind::Admin, .digest = digest(3)}),
          ErrorCode::Conflict);
  refused(catalog->revoke_key(author, 1), ErrorCode::NotFound);
  refused(catalog->revoke_key(author, 2), ErrorCode::NotFound);
  EXPECT_EQ(got(catalog->version()), before);

  got(catalog->change_project(author, "web", {.title = "x"}));
  const auto own = got(catalog->add_key(author, {.project = project, .digest = digest(3)}));
  got(catalog->revoke_key(author, own.id));
}

TEST_P(Catalogs, AnotherProcessSeesEachChangeByItsVersion) {
  const auto other = open();
  auto version = got(other->version());
  const auto expect_risen = [&](const char* what) {
    const auto now = got(other->version());
    EXPECT_EQ(now, version + 1) << what;
    EXPECT_EQ(got(other->contents()).version, now);
    version = now;
  };
  const auto project = web().id;
  expect_risen("a project");
  got(catalog->change_project(kSomebody, "web", {.title = "other"}));
  expect_risen("a change of it");
  got(catalog->add_key(kSomebody, {.project = project, .digest = digest(1)}));
  expect_risen("a key");
  got(catalog->revoke_key(kSomebody, 1));
  expect_risen("its end");
  EXPECT_TRUE(got(other->contents()).keys[0].revoked_at);
}

INSTANTIATE_TEST_SUITE_P(Over, Catalogs, testing::Values(Over::Sqlite, Over::Postgres),
                         name_of_database);

}  // namespace
}  // namespace tidemark::catalog
