// Files of events: the rows that are taken, the lines that are told, and what a bad one leaves
// whole.
#include "wire/reader.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "wire/decode_testing.hpp"
#include "wire/event_writer.hpp"

namespace tidemark::wire {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Gives a text a few bytes at a time, or fails at its end.
class SlowSource final : public ByteSource {
 public:
  SlowSource(std::string text, std::size_t step, bool fails = false)
      : text_(std::move(text)), step_(step), fails_(fails) {}
  base::Result<std::size_t> read(std::span<char> into) override {
    const std::size_t bytes = std::min({into.size(), step_, text_.size() - at_});
    if (bytes == 0 && fails_) return base::Error{base::ErrorCode::Unavailable, "the disk is gone"};
    text_.copy(into.data(), bytes, at_);
    at_ += bytes;
    return bytes;
  }

 private:
  std::string text_;
  std::size_t step_;
  bool fails_;
  std::size_t at_ = 0;
};

/// All that a file gives, in words.
struct Told {
  std::vector<std::string> ids;
  std::vector<std::string> faults;    // "LINE: field code"
  std::vector<std::string> rejected;  // "LINE: raw"
  std::string error;
};

Told read_all(FileFormat format, std::unique_ptr<ByteSource> source, std::size_t rows_max = 3) {
  Told told;
  auto reader = open_reader(format, std::move(source), test_options());
  if (!reader) {
    told.error = reader.error().message();
    return told;
  }
  for (;;) {
    const auto read = (*reader)->next(rows_max);
    if (!read) {
      told.error = read.error().message();
      return told;
    }
    EXPECT_LE(read->rows_count, rows_max);
    EXPECT_EQ(read->rows_count, read->batch.rows.size() + read->rejected.size());
    if (read->rows_count == 0) return told;
    for (const event::Row& row : read->batch.rows) told.ids.emplace_back(row.id);
    for (const LineFault& fault : read->faults) {
      told.faults.push_back(std::to_string(fault.line) + ": " + fault.fault.field + " " +
                            std::string(to_string(fault.fault.code)));
    }
    for (const RejectedLine& rejected : read->rejected) {
      told.rejected.push_back(std::to_string(rejected.line) + ": " + rejected.raw);
    }
  }
}

Told read_csv(std::string_view text) {
  return read_all(FileFormat::Csv, text_source(std::string(text)));
}

constexpr std::string_view kHeader = "event_id,occurred_at,user_id,event_type,properties_json\n";

std::string good(std::string_view id) { return std::string(id) + ",2025-08-01T10:00:00Z,u,t,\n"; }

event::Row first_row(std::string_view csv_row, ReadEvents& kept) {
  auto reader = open_reader(
      FileFormat::Csv, text_source(std::string(kHeader) + std::string(csv_row)), test_options());
  kept = std::move(*(*reader)->next(1));
  if (kept.batch.rows.empty()) {
    ADD_FAILURE() << csv_row << ": " << kept.faults.at(0).fault.message;
    return {};
  }
  return kept.batch.rows[0];
}

TEST(CsvReader, CellsAreTextAndKeepTheirZeros) {
  ReadEvents kept;
  const event::Row row = first_row(
      "\"a,\"\"b\"\"\",1754042400123,00001,\"two\nlines\",\"{\"\"x\"\" : \"\"y\"\", "
      "\"\"x\"\":1.50}\"\r\n",
      kept);
  EXPECT_EQ(row.id, "a,\"b\"");
  EXPECT_EQ(row.occurred_at, kTestNow + 123'000);
  EXPECT_EQ(row.user_id, "00001");
  EXPECT_EQ(row.event_type, "two\nlines");
  EXPECT_EQ(row.properties, R"({"x":1.50})");
  EXPECT_EQ(first_row("a,2025-08-01 13:00:00+03:00,u,t,", kept).occurred_at, kTestNow);
  EXPECT_EQ(first_row("a,2025-08-01T10:00:00Z,u,t,{}", kept).properties, "{}");
  EXPECT_EQ(first_row("a,2025-08-01T10:00:00Z,u,t,null", kept).properties, "{}");
  EXPECT_EQ(first_row("a,2025-08-01T10:00:00Z,u,t,{\"x\":1}", kept).properties, "{\"x\":1}");
  EXPECT_EQ(first_row("a,2025-08-01T10:00:00Z,\"\"\"\",t,", kept).user_id, "\"");
}

TEST(CsvReader, ColumnsGoByNameInAnyOrder) {
  const Told told = read_csv(
      "\xEF\xBB\xBFproperties, user_id ,\"event_id\",event_type,occurred_at\r\n"
      "{},u,a,t,2025-08-01T10:00:00Z\r\n\r\n{},u,b,t,2025-08-01T10:00:00Z");
  EXPECT_EQ(told.error, "");
  EXPECT_THAT(told.ids, ElementsAre("a", "b"));
}

TEST(CsvReader, AHeaderThatDoesNotFitTakesNothing) {
  EXPECT_THAT(read_csv("").error, HasSubstr("the file is empty"));
  EXPECT_THAT(read_csv("\n \n").error, HasSubstr("the file is empty"));
  EXPECT_THAT(read_csv("event_id,occurred_at,user_id,properties\n").error,
              HasSubstr("column \"event_type\" is missing"));
  EXPECT_THAT(read_csv("event_id,occurred_at,event_type,properties\n").error,
              HasSubstr("column \"user_id\" is missing"));
  EXPECT_THAT(read_csv("event_id,occurred_at,user_id,event_type,properties,extra\n").error,
              HasSubstr("unknown column \"extra\""));
  EXPECT_THAT(
      read_csv("event_id,occurred_at,user_id,event_type,properties,properties_json\n").error,
      HasSubstr("\"properties_json\" is there more than once"));
  EXPECT_THAT(read_csv("event_id,occurred_at,user_id,event_type,\"properties\n").error,
              HasSubstr("the quote of cell 5 is never closed"));
  EXPECT_EQ(read_csv(kHeader).error, "");
}

TEST(CsvReader, ABadRowIsToldByItsLineAndDoesNotStopTheRest) {
  const Told told = read_csv(std::string(kHeader) + good("a") +                      // line 2
                             "b,yesterday,,t,[]\n" +                                 // 3
                             "\"c\n\",2025-08-01T10:00:00Z,u,\"x\ny\",{\"a\":}\n" +  // 4 to 6
                             "d,2025-08-01T10:00:00Z,u\n" +                          // 7
                             "e,2025-08-01T10:00:00Z,u,t,,\n" +                      // 8
                             "f\xFF,2025-08-01T10:00:00Z,u,t,\n" +                   // 9
                             "g,2025-08-01T10:00:00Z,u,t,\"{\"\"a\"\":\"\"\\u0000\"\"}\"\n" +  // 10
                             ",2025-08-01T10:00:00Z,u," + std::string(1, '\0') + ",\n" +       // 11
                             good("h"));
  EXPECT_THAT(told.ids, ElementsAre("a", "h"));
  EXPECT_THAT(
      told.faults,
      ElementsAre("3: occurred_at bad_timestamp", "3: user_id empty", "3: properties not_an_object",
                  "4: properties bad_json", "7:  bad_row", "8:  bad_row", "9: event_id bad_text",
                  "10: properties bad_text", "11: event_id empty", "11: event_type bad_text"));
  ASSERT_EQ(told.rejected.size(), 7U);
  EXPECT_EQ(told.rejected[0], "3: " + std::string(kHeader) + "b,yesterday,,t,[]");
  EXPECT_EQ(told.rejected[2], "7: " + std::string(kHeader) + "d,2025-08-01T10:00:00Z,u");
  for (const std::string& rejected : told.rejected) {
    // With its header it is a file of one row, and bad as such too.
    const Told alone = read_csv(rejected.substr(rejected.find(' ') + 1));
    EXPECT_THAT(alone.ids, ElementsAre());
    EXPECT_EQ(alone.rejected.size(), 1U) << rejected;
  }
}

TEST(CsvReader, ABrokenQuoteCostsItsOwnLineOnly) {
  const Told told = read_csv(std::string(kHeader) + "\"a,2025-08-01T10:00:00Z,u,t,\n" + good("b") +
                             "\"c\"x,2025-08-01T10:00:00Z,u,t,\n" + good("d") +
                             "e,2025-08-01T10:00:00Z,u,t,\"{\n" + good("f"));
  EXPECT_THAT(told.ids, ElementsAre("b", "d", "f"));
  EXPECT_THAT(told.faults, ElementsAre("2:  bad_row", "4:  bad_row", "6:  bad_row"));
}

TEST(NdjsonReader, TellsTheLineOfWhatIsWrong) {
  const std::string event =
      R"({"event_id":"a","occurred_at":1754042400000,"user_id":"u","event_type":"t"})";
  const Told told = read_all(FileFormat::Ndjson,
                             text_source("\xEF\xBB\xBF" + event + "\r\n\n{\"x\n5\n\xFF\n" + event));
  EXPECT_THAT(told.ids, ElementsAre("a", "a"));
  EXPECT_THAT(told.faults, ElementsAre("3:  bad_json", "4:  not_an_object", "5:  bad_json"));
  EXPECT_THAT(told.rejected, ElementsAre("3: {\"x", "4: 5", "5: \xFF"));
  EXPECT_THAT(read_all(FileFormat::Ndjson, text_source("")).ids, IsEmpty());
}

TEST(Readers, PiecesDoNotMatter) {
  std::string csv(kHeader);
  std::string lines;
  std::vector<std::string> ids;
  for (int i = 0; i < 40'000; ++i) {
    event::Row row;
    ids.push_back("id-" + std::to_string(i) + (i % 7 == 0 ? "\n\"x\"," : ""));
    row.id = ids.back();
    row.user_id = "u";
    row.event_type = "t";
    row.properties = R"({"text":"some words, with a \"quote\", to make it long: )"
                     R"(0123456789012345678901234567890123456789012345678901234567890123456789"})";
    row.occurred_at = kTestNow;
    write_event_csv_line(row, csv);
    write_event_ndjson_line(row, lines);
  }
  EXPECT_GT(csv.size(), 4 * kRowBytesMax);  // more than one piece
  const Told from_csv = read_all(FileFormat::Csv, text_source(csv), 1'000);
  EXPECT_EQ(from_csv.ids, ids);
  EXPECT_THAT(from_csv.faults, IsEmpty());
  const Told slowly = read_all(FileFormat::Csv, std::make_unique<SlowSource>(csv, 7'777), 999);
  EXPECT_EQ(slowly.ids, ids);
  const Told from_lines = read_all(FileFormat::Ndjson, text_source(lines), 100'000);
  EXPECT_EQ(from_lines.ids, ids);
}

TEST(Readers, ARowThatIsTooLongIsPassedInBoundedMemory) {
  const std::string long_text(9 * kRowBytesMax, 'x');
  const Told csv = read_csv(std::string(kHeader) + good("a") + long_text + "\n" + good("b") + "\"" +
                            long_text + "\n" + good("c") + long_text);
  EXPECT_THAT(csv.ids, ElementsAre("a", "b", "c"));
  EXPECT_THAT(csv.faults, ElementsAre("3:  bad_row", "5:  bad_row", "7:  bad_row"));
  const std::string event =
      R"({"event_id":"a","occurred_at":1754042400000,"user_id":"u","event_type":"t"})";
  const Told lines =
      read_all(FileFormat::Ndjson, text_source(long_text + "\n" + event + "\n" + long_text));
  EXPECT_THAT(lines.ids, ElementsAre("a"));
  EXPECT_THAT(lines.faults, ElementsAre("1:  bad_row", "3:  bad_row"));
  EXPECT_EQ(lines.rejected[0].size(), kRowBytesMax + 3);
}

TEST(Readers, ASourceThatFailsIsToldAfterWhatItGave) {
  const Told told = read_all(
      FileFormat::Csv, std::make_unique<SlowSource>(
                           std::string(kHeader) + good("a") + good("b") + "c,2025", 10, true));
  EXPECT_THAT(told.ids, ElementsAre("a", "b"));
  EXPECT_EQ(told.error, "the disk is gone");
}

std::string gzip(std::string_view text) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  std::string input(text);
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string read_whole(std::unique_ptr<ByteSource> source) {
  std::string text;
  std::vector<char> buffer(1'000);
  for (;;) {
    const auto bytes = source->read(buffer);
    if (!bytes) return text + "|" + bytes.error().message();
    if (*bytes == 0) return text;
    text.append(buffer.data(), *bytes);
  }
}

TEST(Decompressed, GivesThePlainBytesWhateverTheyWere) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += std::to_string(i) + "\n";
  EXPECT_EQ(read_whole(std::move(*decompressed(text_source(text)))), text);
  EXPECT_EQ(read_whole(std::move(*decompressed(text_source("ab")))), "ab");
  EXPECT_EQ(read_whole(std::move(*decompressed(text_source("")))), "");
  const std::string compressed = gzip(text) + gzip("end");
  EXPECT_EQ(read_whole(std::move(*decompressed(text_source(compressed)))), text + "end");
  EXPECT_EQ(read_whole(std::move(*decompressed(std::make_unique<SlowSource>(compressed, 1)))),
            text + "end");
  const std::string cut = gzip(text);
  EXPECT_THAT(read_whole(std::move(*decompressed(text_source(cut.substr(0, cut.size() / 2))))),
              HasSubstr("|compressed byte " + std::to_string(cut.size() / 2)));
}

TEST(Reader, LongRowsComeInPiecesOfBoundedBytes) {
  constexpr std::size_t kRows = 300;
  constexpr std::size_t kLong = 60'000;
  std::string text;
  for (std::size_t i = 0; i < kRows; ++i) {
    text += R"({"event_id":"e)" + std::to_string(i) +
            R"(","occurred_at":"2025-08-01T10:00:00Z","user_id":"u","event_type":"t",)" +
            R"("properties":{"filling":")" + std::string(kLong, 'x') + "\"}}\n";
  }
  auto reader = open_reader(FileFormat::Ndjson, std::make_unique<SlowSource>(text, text.size()),
                            test_options());
  ASSERT_TRUE(reader);
  std::size_t rows = 0;
  for (;;) {
    const auto read = (*reader)->next(5'000);
    ASSERT_TRUE(read) << read.error().message();
    if (read->rows_count == 0) break;
    EXPECT_TRUE(read->faults.empty());
    EXPECT_LE(read->rows_count, EventReader::kNextBytesMax / kLong + 1);
    rows += read->rows_count;
  }
  EXPECT_EQ(rows, kRows);
}

}  // namespace
}  // namespace tidemark::wire
