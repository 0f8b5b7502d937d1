// Rows that come as cells, from whatever file: the rules of CSV, and what is rejected can be read
// again.

#include "wire/cells.hpp"

#include <gtest/gtest.h>

#include "event/id_hash.hpp"

namespace tidemark::wire {
namespace {

constexpr std::string_view kHeader = "event_id,occurred_at,user_id,event_type,properties_json\n";

struct Cells : testing::Test {
  event::IdHasher hasher{{}};
  DecodeOptions options{.now = 1'754'042'400 * base::kMicrosPerSecond, .hasher = hasher};

  CellRow good{.line = 7,
               .cells = {"e1", "2025-08-01T10:00:00Z", "00001", "login", R"({"n": 1.50})"}};

  [[nodiscard]] CellRow with(Field field, std::optional<std::string_view> cell) const {
    CellRow row = good;
    row.cells[static_cast<std::size_t>(field)] = cell;
    return row;
  }
  /// "field code" of the only row's faults.
  [[nodiscard]] std::string faults_of(const CellRow& row) const {
    std::string all;
    const auto read = read_rows({&row, 1}, options);
    EXPECT_EQ(read.rows_count, 1U);
    EXPECT_EQ(read.rejected.size(), read.batch.rows.empty() ? 1U : 0U);
    for (const auto& [line, fault] : read.faults) {
      EXPECT_EQ(line, row.line);
      all += (all.empty() ? "" : ", ") + fault.field + " " + std::string(to_string(fault.code));
    }
    return all;
  }
};

TEST_F(Cells, AGoodRowIsAnEventAndItsLineIsKnown) {
  const auto read = read_rows({&good, 1}, options);
  ASSERT_EQ(read.batch.rows.size(), 1U);
  EXPECT_EQ(read.batch.rows[0].id, "e1");
  EXPECT_EQ(read.batch.rows[0].user_id, "00001");
  EXPECT_EQ(read.batch.rows[0].properties, R"({"n":1.50})");
  EXPECT_EQ(read.lines, std::vector<std::uint64_t>{7});
}

TEST_F(Cells, WhatIsNullWasNotSentAndWhatIsEmptyIsEmpty) {
  EXPECT_EQ(faults_of(with(Field::UserId, std::nullopt)), "user_id missing_field");
  EXPECT_EQ(faults_of(with(Field::UserId, "")), "user_id empty");
  for (const auto& none : {std::optional<std::string_view>(), {""}, {" \n "}, {"null"}}) {
    const auto row = with(Field::Properties, none);
    const auto read = read_rows({&row, 1}, options);
    ASSERT_EQ(read.batch.rows.size(), 1U);
    EXPECT_EQ(read.batch.rows[0].properties, "{}");
  }
}

TEST_F(Cells, ACellIsNeverMoreThanItsField) {
  auto row = with(Field::Properties, R"({"a":1},"user_id":"evil")");
  EXPECT_EQ(faults_of(row), "properties bad_json");
  row.cells[static_cast<std::size_t>(Field::UserId)] = std::nullopt;
  EXPECT_EQ(faults_of(row), "properties bad_json, user_id missing_field");
  EXPECT_EQ(faults_of(with(Field::Properties, "{\"a\":\"x\ny\"}")), "properties bad_json");
  EXPECT_EQ(faults_of(with(Field::Properties, "{\"a\":")), "properties bad_json");
  EXPECT_EQ(faults_of(with(Field::Properties, "[1]")), "properties not_an_object");
}

TEST_F(Cells, BytesThatAreNoTextAreAFaultOfTheirField) {
  EXPECT_EQ(faults_of(with(Field::EventType, "\xFF")), "event_type bad_text");
  EXPECT_EQ(faults_of(with(Field::Properties, "{\"a\":\"\xFF\"}")), "properties bad_text");
  EXPECT_EQ(faults_of(with(Field::UserId, std::string_view("a\0b", 3))), "user_id bad_text");
}

TEST_F(Cells, ARejectedRowIsCsvThatIsRejectedAgain) {
  const auto row = with(Field::Properties, "{\"a\":\"x\ny\"}");
  const auto read = read_rows({&row, 1}, options);
  ASSERT_EQ(read.rejected.size(), 1U);
  EXPECT_EQ(read.rejected[0].line, 7U);
  EXPECT_EQ(
      read.rejected[0].raw,
      std::string(kHeader) + "e1,2025-08-01T10:00:00Z,00001,login,\"{\"\"a\"\":\"\"x\ny\"\"}\"");
  auto again = open_reader(FileFormat::Csv, text_source(read.rejected[0].raw), options);
  ASSERT_TRUE(again);
  const auto verdict = (*again)->next(1);
  ASSERT_EQ(verdict->faults.size(), 1U);
  EXPECT_EQ(verdict->faults[0].fault.message, read.faults[0].fault.message);
}

TEST_F(Cells, ARowThatIsTooLongIsOneFaultAndIsKeptInPart) {
  const std::string filler(kRowBytesMax, 'x');
  const auto row = with(Field::EventType, filler);
  EXPECT_EQ(faults_of(row), " bad_row");
  const auto read = read_rows({&row, 1}, options);
  EXPECT_EQ(read.rejected[0].raw.size(), kHeader.size() + kRowBytesMax);
}

TEST_F(Cells, NoRowsAreTheEnd) { EXPECT_EQ(read_rows({}, options).rows_count, 0U); }

}  // namespace
}  // namespace tidemark::wire
