// What the file of an earlier start keeps comes into the table, once, and is nowhere lost.

#include "quarantine/carry_over.hpp"

#include <filesystem>

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

struct CarryOverTest : testing::Test {
  InAFile from;
  InATable to;
  std::unique_ptr<QuarantineTable> table = to.open();
  std::filesystem::path folder = from.folder / "quarantine";

  base::Result<std::size_t> carry() { return carry_over(files::posix_files(), folder, {}, *table); }
};

TEST_F(CarryOverTest, WhatAFileKeepsIsInTheTableAndTheFileIsGone) {
  {
    const auto file = from.open();
    expect_added(*file, "a");
    EXPECT_EQ(added_rows(*file, {rejected_row("f:2", "b"), rejected_row("f:3", "c")}), 2U);
    expect_added(*file, "d");
    expect_added(*file, "d");
  }
  expect_added(*table, "0");
  EXPECT_EQ(added_rows(*table, {rejected_row("f:3", "c")}), 1U);
  const auto carried = carry();
  ASSERT_TRUE(carried) << carried.error().message();
  EXPECT_EQ(*carried, 5U);
  EXPECT_EQ(listed_raw(*table), "0caddb") << "a row that is known is not kept again";
  EXPECT_FALSE(std::filesystem::exists(folder / "quarantine.log"));
  const auto events = listed(*table);
  EXPECT_EQ(events.back().source, "f:2");
  EXPECT_EQ(events.back().format, RawFormat::Csv);
  EXPECT_EQ(events.back().faults.size(), 1U);
  EXPECT_EQ(*carry(), 0U);
}

TEST_F(CarryOverTest, EachEventStaysInItsProject) {
  constexpr event::ProjectId kOther{7};
  {
    const auto file = from.open();
    expect_added(*file, "a", kOther);
    expect_added(*file, "b");
    EXPECT_EQ(added_rows(*file, {rejected_row("f:2", "c"), rejected_row("f:2", "c", kOther)}), 2U);
    expect_added(*file, "d", kOther);
  }
  EXPECT_EQ(*carry(), 5U);
  EXPECT_EQ(listed_raw(*table), "bc");
  EXPECT_EQ(listed_raw(*table, kOther), "adc");
}

TEST_F(CarryOverTest, ManyAreCarriedInSteps) {
  {
    std::vector<QuarantinedEvent> events;
    for (int i = 0; i < 2'500; ++i) events.push_back(rejected("x"));
    ASSERT_TRUE(from.open()->add(std::move(events)));
  }
  EXPECT_EQ(*carry(), 2'500U);
  EXPECT_EQ(table->figures().events, 2'500U);
}

TEST_F(CarryOverTest, WithoutAFileThereIsNothingToDoAndNothingIsMade) {
  const auto carried = carry();
  ASSERT_TRUE(carried) << carried.error().message();
  EXPECT_EQ(*carried, 0U);
  EXPECT_FALSE(std::filesystem::exists(folder));
}

TEST_F(CarryOverTest, WhatTheTableDoesNotTakeStaysInTheFile) {
  expect_added(*from.open(), "a");
  auto connection = clients::postgres::Connection::open({.url = to.url});
  ASSERT_TRUE(connection);
  ASSERT_TRUE(connection->run("ALTER TABLE quarantine RENAME TO elsewhere"));
  EXPECT_FALSE(carry());
  EXPECT_EQ(listed_raw(*from.open()), "a");
  ASSERT_TRUE(connection->run("ALTER TABLE elsewhere RENAME TO quarantine"));
  table = to.open();
  EXPECT_EQ(*carry(), 1U);
  EXPECT_EQ(listed_raw(*table), "a");
}

}  // namespace
}  // namespace tidemark::quarantine
