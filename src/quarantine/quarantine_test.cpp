// What every quarantine keeps, over a restart too, and what goes when it is full: a file and a
// table.

#include "quarantine/quarantine.hpp"

#include <gtest/gtest.h>

#include "support/quarantine_fixture.hpp"

namespace tidemark::quarantine {
namespace {

using testing_support::added_rows;
using testing_support::expect_added;
using testing_support::InAFile;
using testing_support::InATable;
using testing_support::listed;
using testing_support::listed_raw;
using testing_support::rejected;
using testing_support::rejected_row;
using testing_support::removed;

constexpr auto kDefault = event::ProjectId::Default;
constexpr event::ProjectId kOther{0xFFFF'FFF0};
constexpr event::ProjectId kThird{3};

template <class Place>
struct QuarantineTest : testing::Test {
  Place place;
};

struct PlaceNames {
  template <class Place>
  // NOLINTNEXTLINE(readability-identifier-naming): GoogleTest asks for it by this name.
  static std::string GetName(int /*number*/) {
    return std::is_same_v<Place, InAFile> ? "File" : "Table";
  }
};
using Places = testing::Types<InAFile, InATable>;
TYPED_TEST_SUITE(QuarantineTest, Places, PlaceNames);

TYPED_TEST(QuarantineTest, WhatWasRejectedIsThereAfterARestart) {
  {
    auto quarantine = this->place.open();
    expect_added(*quarantine, "{\"a\":1}");
    expect_added(*quarantine, "second");
    EXPECT_EQ(removed(*quarantine, {1}), 1U);
  }
  const auto events = listed(*this->place.open());
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].id, 2U);
  EXPECT_EQ(events[0].raw, "second");
  EXPECT_EQ(events[0].rejected_at, 7);
  ASSERT_EQ(events[0].faults.size(), 1U);
  EXPECT_EQ(events[0].faults[0].code, "empty");
}

TYPED_TEST(QuarantineTest, BytesThatAreNoTextStayAsTheyWereSent) {
  const std::string no_text("\xff\0\\u0000", 8);
  QuarantinedEvent event{.raw = no_text,
                         .source = no_text,
                         .format = RawFormat::Csv,
                         .faults = {{no_text, "", no_text}, {"", no_text, ""}}};
  {
    auto quarantine = this->place.open();
    ASSERT_TRUE(quarantine->add({event}));
    event.faults.clear();
    event.raw.clear();
    ASSERT_TRUE(quarantine->add({event}));
  }
  const auto events = listed(*this->place.open());
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].raw, no_text);
  EXPECT_EQ(events[0].source, no_text);
  EXPECT_EQ(events[0].format, RawFormat::Csv);
  ASSERT_EQ(events[0].faults.size(), 2U);
  EXPECT_EQ(events[0].faults[0].field, no_text);
  EXPECT_EQ(events[0].faults[0].message, no_text);
  EXPECT_EQ(events[0].faults[1].code, no_text);
  EXPECT_EQ(events[1].raw, "");
  EXPECT_TRUE(events[1].faults.empty());
}

TYPED_TEST(QuarantineTest, ARowOfAFileIsKeptOnceAndAsWhatItWas) {
  {
    auto quarantine = this->place.open();
    EXPECT_EQ(added_rows(*quarantine, {rejected_row("f:2", "a"), rejected_row("f:3", "a"),
                                       rejected_row("f:2", "a")}),
              2U);
    EXPECT_EQ(added_rows(*quarantine, {rejected_row("f:2", "a"), rejected_row("f:2", "b")}), 1U);
    EXPECT_EQ(added_rows(*quarantine, {rejected_row("f:2", "b")}), 0U);
    EXPECT_EQ(added_rows(*quarantine, {}), 0U);
    EXPECT_EQ(removed(*quarantine, {1}), 1U);
  }
  auto quarantine = this->place.open();
  const auto events = listed(*quarantine);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].source, "f:3");
  EXPECT_EQ(events[0].format, RawFormat::Csv);
  EXPECT_EQ(added_rows(*quarantine, {rejected_row("f:3", "a"), rejected_row("f:2", "a")}), 1U)
      << "one had been removed";
  expect_added(*quarantine, "x");
  expect_added(*quarantine, "x");
  EXPECT_EQ(quarantine->figures().events, 5U) << "what came over HTTP is kept each time";
}

TYPED_TEST(QuarantineTest, ARowThatHadToGoIsKeptWhenItComesAgain) {
  auto quarantine = this->place.open({.events_max = 1});
  EXPECT_EQ(added_rows(*quarantine, {rejected_row("f:2", "a")}), 1U);
  EXPECT_EQ(added_rows(*quarantine, {rejected_row("f:3", "b")}), 1U);
  EXPECT_EQ(added_rows(*quarantine, {rejected_row("f:2", "a")}), 1U);
  EXPECT_EQ(listed_raw(*quarantine), "a");
}

TYPED_TEST(QuarantineTest, OfThoseThatAreRemovedOnlyTheOnesThatAreThereCount) {
  {
    auto quarantine = this->place.open();
    for (int i = 1; i <= 5; ++i) expect_added(*quarantine, std::to_string(i));
    EXPECT_EQ(removed(*quarantine, {}), 0U);
    EXPECT_EQ(removed(*quarantine, {4, 2, 9, 2, ~std::uint64_t{0}}), 2U);
    EXPECT_EQ(quarantine->figures().events, 3U);
  }
  EXPECT_EQ(listed_raw(*this->place.open()), "135");
}

TYPED_TEST(QuarantineTest, APageEndsWhereTheNextBegins) {
  auto quarantine = this->place.open();
  for (int i = 0; i < 5; ++i) expect_added(*quarantine, std::to_string(i));
  const auto first = listed(*quarantine, 0, 2);
  ASSERT_EQ(first.size(), 2U);
  const auto rest = listed(*quarantine, first.back().id);
  ASSERT_EQ(rest.size(), 3U);
  EXPECT_EQ(rest.front().raw, "2");
  EXPECT_TRUE(listed(*quarantine, rest.back().id).empty());
  EXPECT_TRUE(listed(*quarantine, ~std::uint64_t{0}, ~std::size_t{0}).empty());
}

TYPED_TEST(QuarantineTest, TheOldestGoesWhenItIsFullAndIsCounted) {
  auto quarantine = this->place.open({.events_max = 2});
  for (int i = 0; i < 5; ++i) expect_added(*quarantine, std::to_string(i));
  EXPECT_EQ(quarantine->figures().events, 2U);
  EXPECT_EQ(quarantine->figures().dropped, 3U);
  EXPECT_EQ(listed_raw(*quarantine), "34");
}

TYPED_TEST(QuarantineTest, WhatIsTooLargeForAllOfItGoesWithTheRest) {
  const auto one = rejected(std::string(1'000, 'x')).bytes();
  auto quarantine = this->place.open({.bytes_max = 2 * one});
  for (int i = 0; i < 3; ++i) expect_added(*quarantine, std::string(1'000, 'x'));
  EXPECT_EQ(quarantine->figures().events, 2U);
  EXPECT_EQ(quarantine->figures().bytes, 2 * one);
  expect_added(*quarantine, std::string(2 * one, 'x'));
  EXPECT_EQ(quarantine->figures().events, 0U);
  EXPECT_EQ(quarantine->figures().bytes, 0U);
  EXPECT_EQ(quarantine->figures().dropped, 4U);
  expect_added(*quarantine, "x");
  EXPECT_EQ(listed_raw(*quarantine), "x");
}

TYPED_TEST(QuarantineTest, OfManyAtOnceTheLastOnesStay) {
  auto quarantine = this->place.open({.events_max = 300});
  std::vector<QuarantinedEvent> events;
  for (int i = 0; i < 1'000; ++i) events.push_back(rejected(std::to_string(i)));
  ASSERT_TRUE(quarantine->add(events));
  EXPECT_EQ(quarantine->figures().events, 300U);
  EXPECT_EQ(quarantine->figures().dropped, 700U);
  const auto left = listed(*quarantine, 0, 1'000);
  ASSERT_EQ(left.size(), 300U);
  EXPECT_EQ(left.front().raw, "700");
  EXPECT_EQ(left.back().raw, "999");
}

TYPED_TEST(QuarantineTest, AnIdIsNeverUsedAgain) {
  {
    auto quarantine = this->place.open();
    expect_added(*quarantine, "first");
    expect_added(*quarantine, "second");
    EXPECT_EQ(removed(*quarantine, {2}), 1U);
  }
  EXPECT_EQ(removed(*this->place.open(), {1}), 1U);
  auto quarantine = this->place.open();
  expect_added(*quarantine, "third");
  const auto events = listed(*quarantine);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events.front().id, 3U);
}

/// Of a full quarantine those go who take more than half of it, so that neither a bulk of rows nor
/// a broken sender costs the others theirs.
TYPED_TEST(QuarantineTest, LiveSendersAndFilesHaveHalfOfTheRoomForTheirOwn) {
  auto quarantine = this->place.open({.events_max = 10});
  for (const std::string raw : {"a", "b", "c"}) expect_added(*quarantine, raw);
  for (int i = 0; i < 25; ++i) {
    EXPECT_EQ(added_rows(*quarantine, {rejected_row("f.csv:" + std::to_string(i + 2), "x")}), 1U);
  }
  EXPECT_EQ(quarantine->figures().events, 10U);
  EXPECT_EQ(listed_raw(*quarantine), "abcxxxxxxx");
  EXPECT_EQ(quarantine->dropped_by_source(kDefault).at("f.csv"), 18U);
  for (int i = 0; i < 9; ++i) expect_added(*quarantine, std::to_string(i));
  EXPECT_EQ(listed_raw(*quarantine), "xxxxx45678") << "five of each, the newest";
  EXPECT_EQ(quarantine->dropped_by_source(kDefault).at("http"), 7U);
  EXPECT_EQ(quarantine->figures().dropped, 27U);
}

TYPED_TEST(QuarantineTest, TheBytesOfABulkOfRowsCostNoLiveSendersEvent) {
  auto quarantine = this->place.open({.bytes_max = 100'000});
  expect_added(*quarantine, "a");
  for (int i = 0; i < 9; ++i) {
    const auto row = rejected_row("f.csv:" + std::to_string(i + 2), std::string(30'000, 'x'));
    EXPECT_EQ(added_rows(*quarantine, {row}), 1U);
  }
  const auto left = listed(*quarantine);
  ASSERT_EQ(left.size(), 4U);
  EXPECT_EQ(left.front().raw, "a");
  EXPECT_LE(quarantine->figures().bytes, 100'000U);
}

TYPED_TEST(QuarantineTest, ASourceIsRemovedWithAllItsLinesAndNoOther) {
  const std::vector<QuarantinedEvent> rows = {
      rejected_row("a:2", "1"),    rejected_row("a:30", "2"), rejected_row("a", "3"),
      rejected_row("a:b:4", "4"),  rejected_row("ab:2", "5"), rejected_row("a:", "6"),
      rejected_row("\\x61:2", "7")};
  {
    auto quarantine = this->place.open();
    EXPECT_EQ(added_rows(*quarantine, rows), rows.size());
    expect_added(*quarantine, "8");
    EXPECT_EQ(*quarantine->remove_source(kDefault, "a"), 3U);
    EXPECT_EQ(*quarantine->remove_source(kDefault, "a"), 0U);
    EXPECT_EQ(*quarantine->remove_source(kDefault, "a:b:4"), 1U);
    EXPECT_EQ(listed_raw(*quarantine), "5678");
    EXPECT_EQ(*quarantine->remove_source(kDefault, "http"), 1U);
    EXPECT_EQ(quarantine->figures().events, 3U);
  }
  EXPECT_EQ(listed_raw(*this->place.open()), "567");
}

TYPED_TEST(QuarantineTest, AProjectListsItsOwnAlone) {
  {
    auto quarantine = this->place.open();
    expect_added(*quarantine, "a");
    ASSERT_TRUE(quarantine->add({rejected("b", kOther), rejected("c"), rejected("d", kOther)}));
    EXPECT_EQ(quarantine->figures().events, 4U);
  }
  const auto quarantine = this->place.open();
  EXPECT_EQ(listed_raw(*quarantine), "ac");
  EXPECT_EQ(listed_raw(*quarantine, kOther), "bd");
  EXPECT_EQ(listed_raw(*quarantine, kThird), "");
  const auto first = listed(*quarantine, 0, 1, kOther);
  ASSERT_EQ(first.size(), 1U) << "the limit counts its own";
  EXPECT_EQ(first[0].raw, "b");
  EXPECT_EQ(first[0].project, kOther);
  const auto rest = listed(*quarantine, first[0].id, 10, kOther);
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_EQ(rest[0].raw, "d");
}

TYPED_TEST(QuarantineTest, AnIdOfAnotherProjectIsNeitherRemovedNorCounted) {
  {
    auto quarantine = this->place.open();
    ASSERT_TRUE(quarantine->add({rejected("a"), rejected("b", kOther), rejected("c")}));
    const auto others = listed(*quarantine, 0, 10, kOther).at(0).id;
    const auto own = listed(*quarantine).at(0).id;
    EXPECT_EQ(removed(*quarantine, {others}), 0U);
    EXPECT_EQ(removed(*quarantine, {own, others}), 1U);
    EXPECT_EQ(quarantine->figures().events, 2U);
  }
  const auto quarantine = this->place.open();
  EXPECT_EQ(listed_raw(*quarantine), "c");
  EXPECT_EQ(listed_raw(*quarantine, kOther), "b");
}

TYPED_TEST(QuarantineTest, ASourceIsRemovedOfOneProjectOnly) {
  auto quarantine = this->place.open();
  ASSERT_TRUE(quarantine->add({rejected("a"), rejected("b", kOther)}));
  EXPECT_EQ(added_rows(*quarantine, {rejected_row("f:2", "c"), rejected_row("f:2", "d", kOther),
                                     rejected_row("f", "e", kOther)}),
            3U);
  EXPECT_EQ(*quarantine->remove_source(kOther, "f"), 2U);
  EXPECT_EQ(*quarantine->remove_source(kDefault, "http"), 1U);
  EXPECT_EQ(listed_raw(*quarantine), "c");
  EXPECT_EQ(listed_raw(*quarantine, kOther), "b");
}

TYPED_TEST(QuarantineTest, TheSameRowIsKeptOnceForEachProject) {
  {
    auto quarantine = this->place.open();
    EXPECT_EQ(added_rows(*quarantine, {rejected_row("f:2", "a")}), 1U);
    EXPECT_EQ(added_rows(*quarantine, {rejected_row("f:2", "a", kOther), rejected_row("f:2", "a"),
                                       rejected_row("f:2", "a", kOther)}),
              1U);
  }
  auto quarantine = this->place.open();
  EXPECT_EQ(added_rows(*quarantine, {rejected_row("f:2", "a", kOther)}), 0U);
  EXPECT_EQ(*quarantine->remove_source(kDefault, "f"), 1U);
  EXPECT_EQ(added_rows(*quarantine, {rejected_row("f:2", "a", kOther)}), 0U);
  EXPECT_EQ(added_rows(*quarantine, {rejected_row("f:2", "a")}), 1U);
  EXPECT_EQ(quarantine->figures().events, 2U);
}

TYPED_TEST(QuarantineTest, AFloodOfOneProjectCostsAnotherNothingOfItsShare) {
  auto quarantine = this->place.open({.events_max = 10});
  for (const std::string raw : {"a", "b"}) expect_added(*quarantine, raw, kOther);
  EXPECT_EQ(added_rows(*quarantine, {rejected_row("f:2", "c", kOther)}), 1U);
  for (int i = 0; i < 30; ++i) expect_added(*quarantine, std::to_string(i % 10));
  for (int i = 2; i < 30; ++i) {
    EXPECT_EQ(added_rows(*quarantine, {rejected_row("f:" + std::to_string(i), "x")}), 1U);
  }
  EXPECT_EQ(listed_raw(*quarantine, kOther), "abc") << "they came first, and stay";
  EXPECT_EQ(listed_raw(*quarantine), "6789xxx") << "within it, half for each kind of sender";
  // Who grows to an equal share is given the room by the one that holds most.
  for (const std::string raw : {"d", "e", "f"}) expect_added(*quarantine, raw, kOther);
  EXPECT_EQ(quarantine->figures().events, 10U);
  EXPECT_EQ(listed(*quarantine).size(), 5U);
  EXPECT_EQ(listed_raw(*quarantine, kOther), "bcdef");
}

TYPED_TEST(QuarantineTest, TheBytesOfOneProjectCostAnotherNothingOfItsShare) {
  auto quarantine = this->place.open({.bytes_max = 100'000});
  expect_added(*quarantine, std::string(20'000, 'a'), kOther);
  for (int i = 0; i < 9; ++i) expect_added(*quarantine, std::string(30'000, 'x'));
  expect_added(*quarantine, std::string(200'000, 'x'));
  EXPECT_EQ(listed(*quarantine).size(), 0U);
  EXPECT_EQ(listed_raw(*quarantine, kOther), std::string(20'000, 'a'));
  EXPECT_EQ(quarantine->figures().dropped, 10U);
}

TYPED_TEST(QuarantineTest, AProjectSeesNoSourceThatAnotherLost) {
  auto quarantine = this->place.open({.events_max = 2});
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(added_rows(*quarantine, {rejected_row("f:" + std::to_string(i), "x", kOther)}), 1U);
  }
  EXPECT_EQ(quarantine->dropped_by_source(kOther), (CountsBySource{{"f", 3}}));
  EXPECT_TRUE(quarantine->dropped_by_source(kDefault).empty());
  for (int i = 0; i < 3; ++i) expect_added(*quarantine, "x");
  EXPECT_EQ(quarantine->dropped_by_source(kOther), (CountsBySource{{"f", 4}}));
  EXPECT_EQ(quarantine->dropped_by_source(kDefault), (CountsBySource{{"http", 2}}));
}

}  // namespace
}  // namespace tidemark::quarantine
