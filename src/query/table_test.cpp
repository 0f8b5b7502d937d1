// Rows become columns and are told apart; whoever looks for a column finds it by its name.

#include "query/table.hpp"

#include <set>
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/question.hpp"

namespace tidemark::query {
namespace {

using testing::ElementsAre;

RetentionRows cohorts() {
  return {
      {.date = {20'000},
       .size = 5,
       .windows = {{.window = 0, .date = {20'000}, .users = 5, .rate = {5, 5}},
                   {.window = 1, .date = {20'001}, .users = 2, .rate = {2, 5}, .complete = false}}},
      {.date = {20'001}, .size = 0, .windows = {}}};
}

TEST(Table, HoldsWhatTheRowsHold) {
  const Table table = table_of(cohorts());
  EXPECT_EQ(table.rows(), 2U);
  EXPECT_THAT(table.values<std::uint64_t>("cohort_size"), ElementsAre(5, 0));
  EXPECT_THAT(lines_of(table), ElementsAre("2024-10-04 5: 5 2?", "2024-10-05 0:"));
}

TEST(Table, IsEqualWhereEveryCellIs) {
  const Table table = table_of(cohorts());
  EXPECT_EQ(table, table_of(cohorts()));
  auto other = cohorts();
  other[0].windows[1].rate.whole = 6;
  EXPECT_FALSE(table == table_of(other));
  other = cohorts();
  other[1].windows.push_back(other[0].windows.back());
  other[0].windows.pop_back();
  EXPECT_FALSE(table == table_of(other)) << "the same windows, of another cohort";
  EXPECT_FALSE(table_of(ActiveUsersRows()) == table_of(TopEventsRows()));
}

TEST(Table, CountsWhatItsCellsTake) {
  TopEventsRows rows{{.event_type = std::string(1'000, 'x'), .count = 1}};
  EXPECT_GT(table_of(rows).bytes(), 1'000U);
  EXPECT_EQ(table_of(TopEventsRows()).bytes(), 0U);
  EXPECT_GT(table_of(cohorts()).bytes(), 2 * (4U + 8U + 8U + 16U));
}

/// Two questions with one key would be given each other's answers.
TEST(Question, EachKindHasNamesAKeyAndAShapeOfItsOwn) {
  std::set<std::string_view> names;
  std::set<std::string_view> keys;
  std::set<std::string_view> answers;
  std::size_t all = 0;
  for_each_kind([&]<class Q>(std::type_identity<Q>) {
    EXPECT_TRUE(keys.insert(Q::kKey).second) << Q::kKey;
    EXPECT_TRUE(answers.insert(Q::kAnswer).second) << Q::kAnswer;
    for (const auto& named : Q::names()) EXPECT_TRUE(names.insert(named.name).second);
    EXPECT_FALSE(answer_shape<Q>().data->columns.empty());
    ++all;
  });
  EXPECT_EQ(all, std::variant_size_v<Question>);
}

}  // namespace
}  // namespace tidemark::query
