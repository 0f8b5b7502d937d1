// Counting events that come one by one, in groups: the same figures as a database's GROUP BY.

#include "views/postgres/row_counts.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace tidemark::views::postgres {
namespace {

struct UserGatherTest : testing::Test {
  struct Visited {
    event::Micros first = 0;
    std::vector<std::uint64_t> words;
    bool operator==(const Visited&) const = default;
  };
  std::vector<Visited> visited;
  query::Source::VisitUser visit = [this](event::Micros first, query::Words words) {
    visited.push_back({first, {words.begin(), words.end()}});
  };
};

TEST_F(UserGatherTest, AUsersBitsAreGatheredOverAllWords) {
  UserGather users({.bits = 65}, 0, visit);
  users.add("a", 5, 0);
  users.add("a", 6, 64);
  users.add("b", 7, 63);
  users.finish();
  const std::vector<Visited> expected{{0, {1, 1}}, {0, {std::uint64_t{1} << 63U, 0}}};
  EXPECT_EQ(visited, expected);
}

TEST_F(UserGatherTest, AUserWithoutABitIsNotThere) {
  UserGather users({.bits = 3}, 0, visit);
  users.add("a", 5, -1);
  users.add("b", 6, 1);
  users.add("c", 7, -1);
  users.finish();
  EXPECT_EQ(visited, (std::vector<Visited>{{0, {2}}}));
}

TEST_F(UserGatherTest, WithFirstSeenEveryEventCountsForTheFirstOne) {
  UserGather users({.bits = 3, .first_seen = true}, 10, visit);
  users.add("old", 30, 2);
  users.add("old", 9, -1);
  users.add("new", 20, 1);
  users.add("new", 10, -1);
  users.finish();
  EXPECT_EQ(visited, (std::vector<Visited>{{10, {2}}}));
}

TEST(TypeGather, OfManyTypesTheMostFrequentStay) {
  TypeGather types(2);
  for (int rare = 0; rare < 100; ++rare) types.add("a" + std::to_string(100 + rare), "u");
  for (const auto* user : {"u", "u", "v"}) types.add("b", user);
  for (int rare = 0; rare < 100; ++rare) types.add("c" + std::to_string(100 + rare), "u");
  for (const auto* user : {"u", "v", "w", "w"}) types.add("d", user);
  const std::vector<query::TypeTotals> expected{{.event_type = "d", .count = 4, .unique_users = 3},
                                                {.event_type = "b", .count = 3, .unique_users = 2}};
  EXPECT_EQ(types.finish(), expected);
}

TEST(TypeGather, TiesAreOrderedByTheBytesOfTheName) {
  TypeGather types(2);
  for (const auto* type : {"a", "b", "c", "d", "e", "f"}) types.add(type, "u");
  const std::vector<query::TypeTotals> expected{{.event_type = "a", .count = 1, .unique_users = 1},
                                                {.event_type = "b", .count = 1, .unique_users = 1}};
  EXPECT_EQ(types.finish(), expected);
}

}  // namespace
}  // namespace tidemark::views::postgres
