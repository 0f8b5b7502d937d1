// The forms that files of events come in: JSON however it is laid out, what spreadsheets write, and
// how each is known by its first bytes. Whatever the pieces in which a file comes.

#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wire/decode_testing.hpp"
#include "wire/reader.hpp"
#include "wire/rows/peeked_source.hpp"

namespace tidemark::wire {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Gives a text a few bytes at a time.
class SlowSource final : public ByteSource {
 public:
  SlowSource(std::string text, std::size_t step) : text_(std::move(text)), step_(step) {}
  base::Result<std::size_t> read(std::span<char> into) override {
    const std::size_t bytes = std::min({into.size(), step_, text_.size() - at_});
    text_.copy(into.data(), bytes, at_);
    at_ += bytes;
    return bytes;
  }

 private:
  std::string text_;
  std::size_t step_;
  std::size_t at_ = 0;
};

/// "LINE: ID" of good rows, "LINE! code" of bad ones, "error: …" at the end, in the order of lines.
std::vector<std::string> read_by(std::string text, std::size_t step,
                                 std::optional<FileFormat> format) {
  std::vector<std::string> told;
  auto plain = as_plain_text(std::make_unique<SlowSource>(std::move(text), step));
  if (!plain) return {plain.error().message()};
  const auto form = format.value_or(file_format_of((*plain)->first()).value_or(FileFormat::Ndjson));
  auto reader = open_reader(form, std::move(*plain), test_options());
  if (!reader) return {"error: " + reader.error().message()};
  for (;;) {
    const auto read = (*reader)->next(2);
    if (!read) {
      told.push_back("error: " + read.error().message());
      return told;
    }
    if (read->rows_count == 0) return told;
    std::vector<std::pair<std::uint64_t, std::string>> rows;
    for (std::size_t i = 0; i < read->lines.size(); ++i) {
      rows.emplace_back(read->lines[i], std::to_string(read->lines[i]) + ": " +
                                            std::string(read->batch.rows[i].id));
    }
    for (const auto& fault : read->faults) {
      rows.emplace_back(
          fault.line, std::to_string(fault.line) + "! " + std::string(to_string(fault.fault.code)));
    }
    std::ranges::stable_sort(rows, {}, [](const auto& row) { return row.first; });
    for (auto& row : rows) told.push_back(std::move(row.second));
  }
}

std::vector<std::string> read(const std::string& text, std::optional<FileFormat> format = {}) {
  auto told = read_by(text, 1'000'000, format);
  EXPECT_EQ(read_by(text, 3, format), told) << "in pieces";
  return told;
}

std::string event(const std::string& id, const std::string& space = "") {
  return "{" + space + "\"event_id\":" + space + "\"" + id + "\"," + space +
         R"("occurred_at":"2025-08-01T10:00:00Z","user_id":"u",)" + space +
         R"("event_type":"t","properties":{"a":[1,{"b":"}]\"{"}]}})";
}

TEST(JsonDocument, AnArrayIsReadHoweverItIsLaidOut) {
  EXPECT_THAT(read("[" + event("a") + "," + event("b") + "]"), ElementsAre("1: a", "1: b"));
  EXPECT_THAT(read("\xEF\xBB\xBF [\n" + event("a", "\n  ") + ",\n" + event("b") + "\n]\n"),
              ElementsAre("2: a", "7: b"));
  EXPECT_THAT(read("[]"), IsEmpty());
  EXPECT_THAT(read("[" + event("a") + "]\n[" + event("b") + "]"), ElementsAre("1: a", "2: b"));
}

TEST(JsonDocument, EventsWithinAnObjectAndObjectsBehindEachOtherAreRead) {
  EXPECT_THAT(read("{ \"events\" :\n[" + event("a") + ",\n" + event("b") + "] }"),
              ElementsAre("2: a", "3: b"));
  EXPECT_THAT(read(event("a", "\n") + "\n" + event("b", "\n")), ElementsAre("1: a", "6: b"));
  EXPECT_THAT(read("{\"events\":[" + event("a") + "],\"more\":1}"),
              ElementsAre("1: a", HasSubstr("error: line 1: expected } after the events")));
}

TEST(JsonDocument, ABadElementIsOneBadRowAndTheOthersAreTaken) {
  EXPECT_THAT(read("[" + event("a") + ",\n7,\n{\"x\":tru},\n[1],\n" + event("b") + "]"),
              ElementsAre("1: a", "2! not_an_object", "3! bad_json", "4! not_an_object", "5: b"));
  const std::string filler(kRowBytesMax, 'x');
  EXPECT_THAT(read("[\n{\"k\":\"" + filler + "\"},\n" + event("b") + "]"),
              ElementsAre("2! bad_row", "3: b"));
}

TEST(JsonDocument, WhatIsBrokenAroundTheEventsIsToldByItsLineBehindWhatCameBefore) {
  EXPECT_THAT(read("[" + event("a") + "\n" + event("b") + "]"),
              ElementsAre("1: a", HasSubstr("error: line 2: expected a comma or ]")));
  EXPECT_THAT(read("[" + event("a") + ",\n]"),
              ElementsAre("1: a", HasSubstr("error: line 2: expected an event")));
  EXPECT_THAT(read("[" + event("a") + ",\n"),
              ElementsAre("1: a", HasSubstr("expected an event, found the end of the file")));
  EXPECT_THAT(
      read("[" + event("a") + ",\n{\"x\":\"..."),
      ElementsAre("1: a", HasSubstr("error: line 2: the value that begins there does not")));
}

TEST(JsonDocument, ItsFirstBytesTellItFromLinesAndCells) {
  const auto of = [](const std::string& text) { return file_format_of(text); };
  EXPECT_EQ(of(event("a") + "\n" + event("b")), FileFormat::Ndjson);
  EXPECT_EQ(of("\xEF\xBB\xBF\n" + event("a") + "\n"), FileFormat::Ndjson);
  EXPECT_EQ(of("{\"event_id\":\n" + event("b") + "\n"), FileFormat::Ndjson) << "one broken line";
  EXPECT_EQ(of("{\"event_id\":\n\"a\"}"), FileFormat::Json);
  EXPECT_EQ(of("{\n\"events\": [\n"), FileFormat::Json);
  EXPECT_EQ(of("{\"events\":[{}]}"), FileFormat::Json);
  EXPECT_EQ(of("  ["), FileFormat::Json);
  EXPECT_EQ(of("event_id,occurred_at"), FileFormat::Csv);
  EXPECT_EQ(of(" \n"), std::nullopt);
  EXPECT_EQ(foreign_form("event_id"), "");
  EXPECT_EQ(foreign_form("ORCID,name\n"), "");
  EXPECT_THAT(std::string(foreign_form("PK\x03\x04rest")), HasSubstr("Excel"));
}

const std::string kHeader = "event_id,occurred_at,user_id,event_type,properties\n";
std::string row(const std::string& id) { return id + ",2025-08-01T10:00:00Z,u,t,\n"; }

std::string with(std::string text, char delimiter) {
  std::ranges::replace(text, ',', delimiter);
  return text;
}

TEST(Spreadsheet, TheHeaderTellsWhatStandsBetweenCells) {
  for (const char delimiter : {';', '\t', '|'}) {
    EXPECT_THAT(read(with(kHeader + row("a"), delimiter)), ElementsAre("2: a")) << delimiter;
    EXPECT_THAT(read("sep=" + std::string(1, delimiter) + "\r\n" +
                     with(kHeader + row("a") + row("b"), delimiter)),
                ElementsAre("3: a", "4: b"));
  }
  EXPECT_THAT(read("\"event_id\";\"occurred_at\";\"user_id\";\"event_type\";\"properties\"\n"
                   "\"a;\"\"1\";2025-08-01T10:00:00Z;u,v;t;\"{\"\"a\"\":1}\"\n"),
              ElementsAre("2: a;\"1"));
  EXPECT_THAT(read("event_id occurred_at user_id\n1 2 3\n"),
              ElementsAre(HasSubstr("the header has only one column")));
}

/// As UTF-16, the byte order mark in front.
std::string utf16(const std::string& ascii, bool big_endian, bool mark = true) {
  std::string text = mark ? (big_endian ? "\xFE\xFF" : "\xFF\xFE") : "";
  for (const char c : ascii) {
    text += big_endian ? std::string{'\0', c} : std::string{c, '\0'};
  }
  return text;
}

TEST(Spreadsheet, Utf16OfBothEndsIsRead) {
  for (const bool big : {true, false}) {
    EXPECT_THAT(read(utf16(with(kHeader + row("a"), '\t'), big)), ElementsAre("2: a"));
    EXPECT_THAT(read(utf16(event("a") + "\n" + event("b"), big, false)),
                ElementsAre("1: a", "2: b"));
  }
  // Ukrainian, a pair of surrogates, and one without its other half: that row alone is bad.
  const std::string id("\x04\x57\xD8\x3D\xDE\x00", 6);
  EXPECT_THAT(read(utf16(kHeader, true) + id + utf16(row(""), true, false)),
              ElementsAre("2: \xD1\x97\xF0\x9F\x98\x80"));
  EXPECT_THAT(read(utf16(kHeader, true) + "\xD8\x3D" + utf16(row("x") + row("b"), true, false)),
              ElementsAre("2! bad_text", "3: b"));
}

TEST(Spreadsheet, LinesMayEndWithCrAlone) {
  EXPECT_THAT(read(with(kHeader + row("a") + row("b"), ';') + "", FileFormat::Csv),
              ElementsAre("2: a", "3: b"));
  std::string text = kHeader + row("a") + row("b");
  std::ranges::replace(text, '\n', '\r');
  EXPECT_THAT(read(text), ElementsAre("2: a", "3: b"));
  EXPECT_THAT(read(event("a") + "\r" + event("b") + "\r"), ElementsAre("1: a", "2: b"));
}

TEST(Spreadsheet, RowsAndColumnsOfNothingAreNone) {
  EXPECT_THAT(read(kHeader + row("a") + ",,,,\r\n,,,,\n , ,,,\n"), ElementsAre("2: a"));
  EXPECT_THAT(read("event_id,occurred_at,user_id,event_type,,,\na,2025-08-01T10:00:00Z,u,t,,,\n"
                   "b,2025-08-01T10:00:00Z,u,t,,x,\nc,2025-08-01T10:00:00Z,u,t,\n,,,,,,\n"),
              ElementsAre("2: a", "3! bad_row", "4! bad_row"));
  EXPECT_THAT(read("event_id,occurred_at,user_id,event_type\na,2025-08-01T10:00:00Z,u,t\n"),
              ElementsAre("2: a"))
      << "properties may be left out";
}

}  // namespace
}  // namespace tidemark::wire
