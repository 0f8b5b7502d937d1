// What a process knows of the catalog: changes of others come by themselves, uses of keys go back.

#include "access/directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "access/access_fixture.hpp"

namespace tidemark::access {
namespace {

using catalog::KeyKind;
using DirectoryTest = AccessTest;
using namespace std::chrono_literals;

/// So long that only `refresh` reads the catalog.
constexpr auto kNever = std::chrono::hours(1);

TEST_F(DirectoryTest, ItIsClosedFromTheFirstKeyOnAndStaysSo) {
  const auto directory = *Directory::open(*catalog, {.look_every = kNever});
  EXPECT_FALSE(directory->known()->is_closed());
  const auto key = give({.kind = KeyKind::Admin});
  ASSERT_TRUE(directory->refresh());
  EXPECT_TRUE(directory->known()->is_closed());
  ASSERT_TRUE(catalog->revoke_key(author, key.id));
  ASSERT_TRUE(directory->refresh());
  EXPECT_TRUE(directory->known()->is_closed());
}

TEST_F(DirectoryTest, KeysAndProjectsAreFound) {
  const auto web = make_project("web");
  const auto key = give({.kind = KeyKind::Read, .project = web, .name = "dashboard"});
  const auto directory = *Directory::open(*catalog, {.look_every = kNever});
  const auto known = directory->known();
  const auto* found = known->key(digest_of(key.text));
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->id, key.id);
  EXPECT_EQ(found->project, web);
  EXPECT_EQ(known->key(make_key(KeyKind::Read).digest), nullptr);
  ASSERT_NE(known->project_named("web"), nullptr);
  EXPECT_EQ(known->project_named("web")->id, web);
  EXPECT_EQ(known->project_named("default")->id, event::ProjectId::Default);
  EXPECT_EQ(known->project(web)->name, "web");
  EXPECT_EQ(known->project_named("app"), nullptr);
  EXPECT_EQ(known->project(event::ProjectId{77}), nullptr);
}

TEST_F(DirectoryTest, AChangeOfAnotherProcessComesByItself) {
  const auto directory = *Directory::open(*catalog, {.look_every = 1ms});
  make_project("app");
  while (directory->known()->project_named("app") == nullptr) std::this_thread::yield();
}

TEST_F(DirectoryTest, WhatIsHeldDoesNotChange) {
  const auto directory = *Directory::open(*catalog, {.look_every = kNever});
  const auto before = directory->known();
  make_project("app");
  ASSERT_TRUE(directory->refresh());
  EXPECT_EQ(before->project_named("app"), nullptr);
  EXPECT_NE(directory->known()->project_named("app"), nullptr);
  EXPECT_GT(directory->known()->version(), before->version());
}

TEST_F(DirectoryTest, TheLastUseIsNotedToTheHour) {
  const auto key = give({.kind = KeyKind::Admin});
  const auto unused = give({.kind = KeyKind::Admin});
  {
    const auto directory = *Directory::open(*catalog, {.look_every = kNever});
    const auto known = directory->known();
    for (int use = 0; use < 3; ++use) {
      directory->note_use(*known, *known->key(digest_of(key.text)), clock.now());
    }
  }
  const auto contents = *catalog->contents();
  for (const auto& each : contents.keys) {
    if (each.id == unused.id) {
      EXPECT_FALSE(each.last_used_at);
    } else {
      ASSERT_TRUE(each.last_used_at);
      EXPECT_EQ(*each.last_used_at % (3'600 * base::kMicrosPerSecond), 0);
      EXPECT_LE(clock.now() - *each.last_used_at, 3'600 * base::kMicrosPerSecond);
    }
  }
}

}  // namespace
}  // namespace tidemark::access
