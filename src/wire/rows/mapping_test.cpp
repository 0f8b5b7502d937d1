// A stranger's columns as the fields of an event: by name, by place, made of others; what becomes
// of the rest, and what is refused because nobody said what it is.

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wire/decode_testing.hpp"
#include "wire/event_writer.hpp"
#include "wire/reader.hpp"

namespace tidemark::wire {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string>& columns(Mapping& mapping, Field field) {
  return mapping.columns[static_cast<std::size_t>(field)];
}

/// Good rows as NDJSON, bad ones as "LINE! field code", in the order of reading.
std::vector<std::string> read(const std::string& text, const Mapping& mapping,
                              FileFormat format = FileFormat::Csv) {
  auto reader = open_reader(
      FileForm{
          .format = format, .delimiter = {}, .mapping = std::make_shared<const Mapping>(mapping)},
      text_source(text), test_options());
  if (!reader) return {"error: " + reader.error().message()};
  std::vector<std::string> told;
  const auto rows = (*reader)->next(100);
  if (!rows) return {"error: " + rows.error().message()};
  for (const auto& row : rows->batch.rows) {
    std::string line;
    write_event_ndjson_line(row, line);
    told.push_back(line.substr(0, line.size() - 1));
  }
  for (const auto& fault : rows->faults) {
    told.push_back(std::to_string(fault.line) + "! " + fault.fault.field + " " +
                   std::string(to_string(fault.fault.code)));
  }
  return told;
}

Mapping foreign() {
  Mapping mapping;
  columns(mapping, Field::EventId) = {"key"};
  columns(mapping, Field::OccurredAt) = {"at"};
  columns(mapping, Field::UserId) = {"account", "device"};
  columns(mapping, Field::EventType) = {"what"};
  return mapping;
}

std::string stored(const std::string& id, const std::string& user, const std::string& properties) {
  return R"({"event_id":")" + id + R"(","occurred_at":"2025-08-01T10:00:00Z","user_id":")" + user +
         R"(","event_type":"t","properties":)" + properties + "}";
}

TEST(Mapping, CellsAreFoundByTheirColumnsAndTheRestBecomesProperties) {
  auto mapping = foreign();
  const std::string text =
      "_file,key,at,account,device,what,\"a \"\"b\"\"\"\n"
      "f.csv,1,2025-08-01 10:00:00+00,ann,d1,t,007\n"
      ",2,2025-08-01 10:00:00+00,,d2,t,\"x\"\"y\"\n";
  EXPECT_THAT(read(text, mapping), ElementsAre(HasSubstr("error: unknown column \"_file\"")));
  mapping.others = OtherColumns::Ignored;
  EXPECT_THAT(read(text, mapping), ElementsAre(stored("1", "ann", "{}"), stored("2", "d2", "{}")));
  mapping.others = OtherColumns::Properties;
  EXPECT_THAT(read(text, mapping),
              ElementsAre(stored("1", "ann", R"({"_file":"f.csv","device":"d1","a \"b\"":"007"})"),
                          stored("2", "d2", R"({"a \"b\"":"x\"y"})")));
}

TEST(Mapping, PlacesWithinObjectsAreFoundAndPropertiesKeepWhatTheyHave) {
  auto mapping = foreign();
  columns(mapping, Field::EventId) = {"p.key"};
  columns(mapping, Field::UserId) = {"p.who.id", "p.a.b"};
  columns(mapping, Field::Properties) = {"p"};
  mapping.others = OtherColumns::Properties;
  EXPECT_THAT(
      read(
          R"({"what":"t","at":"2025-08-01T10:00:00Z","p":{"key":"1","who":{"id":7}},"x":[1, 2]})"
          "\n"
          R"({"what":"t","at":"2025-08-01T10:00:00Z","p":"{\"key\":\"2\",\"a.b\":\"u\"}","n":null})"
          "\n"
          R"({"what":"t","at":"2025-08-01T10:00:00Z","p":{"key":"3"}})",
          mapping, FileFormat::Ndjson),
      ElementsAre(stored("1", "7", R"({"x":[1,2],"key":"1","who":{"id":7}})"),
                  stored("2", "u", R"({"key":"2","a.b":"u"})"), "3! user_id missing_field"));
  mapping.others = OtherColumns::Refused;
  EXPECT_THAT(read(R"({"what":"t","at":"2025-08-01T10:00:00Z","p":{"key":"1","a.b":"u"},"x":1})",
                   mapping, FileFormat::Json),
              ElementsAre("1! x unknown_field"));
}

TEST(Mapping, AColumnThatIsNotThereRefusesTheFileAndSaysWhatIs) {
  auto mapping = foreign();
  EXPECT_THAT(read("key,at,what\n1,2,3\n", mapping),
              ElementsAre(HasSubstr("user_id must come from \"account\", \"device\", which the "
                                    "file does not have; the file has \"key\", \"at\", \"what\"")));
  mapping = {};
  mapping.others = OtherColumns::Ignored;
  EXPECT_THAT(read("id,occurred_at,user_id,event_type\n", mapping),
              ElementsAre(HasSubstr("--event-id-from")));
  mapping.id_columns = {"nowhere"};
  EXPECT_THAT(read("id,occurred_at,user_id,event_type\n", mapping),
              ElementsAre(HasSubstr("column \"nowhere\", which the file does not have")));
}

/// As docs/commands.md describes it; calculated by Python's uuid.uuid5.
constexpr const char* kAnnsId = "3d1b3add-8351-5c73-9490-543e5b13471c";

TEST(Mapping, AnIdIsMadeOfColumnsAlwaysTheSame) {
  EXPECT_EQ(id_of({{.name = "time", .value = "1754042400"}, {.name = "who", .value = "ann"}}),
            kAnnsId);
  EXPECT_EQ(id_of({{.name = "a", .value = "\xC3\xA9"}, {.name = "b", .value = ""}}),
            "eb0217c9-6b6c-5c72-a743-374f5c31bb71");
  EXPECT_NE(id_of({{.name = "a", .value = "1,1:b,1:2"}}),
            id_of({{.name = "a", .value = "1"}, {.name = "b", .value = "2"}}));
  Mapping mapping;
  mapping.id_columns = {"time", "who"};
  columns(mapping, Field::OccurredAt) = {"time"};
  columns(mapping, Field::UserId) = {"who"};
  mapping.fixed[static_cast<std::size_t>(Field::EventType)] = "t";
  mapping.time_unit = TimeUnit::Seconds;
  const auto expected = stored(kAnnsId, "ann", "{}");
  EXPECT_THAT(read("who,time\nann,1754042400\n", mapping), ElementsAre(expected));
  EXPECT_THAT(read(R"({"time":1754042400,"who":"an\u006e"})", mapping, FileFormat::Ndjson),
              ElementsAre(expected));
  EXPECT_THAT(read("who,time,event_id\nann,1754042400,own\nann,1754042400,\n", mapping),
              ElementsAre(stored("own", "ann", "{}"), expected))
      << "only where there is none";
  EXPECT_THAT(read("who,time\n,\n\"\",\"\"\n", mapping),
              testing::Contains("3! event_id missing_field"));
}

TEST(Mapping, NumbersAreOfTheUnitThatIsNamedAndOfNoOther) {
  Mapping mapping;
  const auto at = [&](TimeUnit unit, const std::string& number) {
    mapping.time_unit = unit;
    const auto as_text =
        read("event_id,occurred_at,user_id,event_type\na," + number + ",u,t\n", mapping);
    const auto as_number =
        read(R"({"event_id":"a","user_id":"u","event_type":"t","occurred_at":)" + number + "}",
             mapping, FileFormat::Ndjson);
    if (as_text.front().find('!') == std::string::npos) {
      EXPECT_EQ(as_text, as_number);
    }
    EXPECT_EQ(as_text.size(), 1U);
    return as_text.front();
  };
  const auto told = [](const std::string& instant) {
    return HasSubstr("\"occurred_at\":\"" + instant + "\"");
  };
  EXPECT_THAT(at(TimeUnit::Seconds, "1754042400"), told("2025-08-01T10:00:00Z"));
  EXPECT_THAT(at(TimeUnit::Seconds, "1754042400.1234567"), told("2025-08-01T10:00:00.123456Z"));
  EXPECT_THAT(at(TimeUnit::Milliseconds, "1754042400123.5"), told("2025-08-01T10:00:00.123500Z"));
  EXPECT_THAT(at(TimeUnit::Microseconds, "1754042400000001"), told("2025-08-01T10:00:00.000001Z"));
  EXPECT_THAT(at(TimeUnit::Nanoseconds, "1754042400000001999"),
              told("2025-08-01T10:00:00.000001Z"));
  EXPECT_EQ(at(TimeUnit::Seconds, "1754042400000"), "2! occurred_at bad_timestamp");
  EXPECT_EQ(at(TimeUnit::Milliseconds, "1754042400000000"), "2! occurred_at bad_timestamp");
  EXPECT_THAT(at(TimeUnit::Microseconds, "1754042400"), HasSubstr("1970-01-01T00:29:14.042400Z"))
      << "what the unit says, and no guess";
}

TEST(Mapping, AFieldThatIsThereTwiceIsABadRow) {
  auto mapping = foreign();
  mapping.others = OtherColumns::Ignored;
  const auto line = [](const std::string& more) {
    return R"({"key":"1","at":"2025-08-01T10:00:00Z","account":"u","what":"t",)" + more + "}\n";
  };
  EXPECT_THAT(read(line(R"("key":"2")") + line(R"("x":1,"x":2)"), mapping, FileFormat::Ndjson),
              ElementsAre(stored("1", "u", "{}"), "1! key repeated_field"));
}

TEST(Mapping, BadTextsAndObjectsAreBadRowsOfTheirOwn) {
  auto mapping = foreign();
  mapping.others = OtherColumns::Properties;
  EXPECT_THAT(
      read("key,at,account,what,x,properties\n"
           "1,2025-08-01T10:00:00Z,u,t,\xff,\n"
           "2,2025-08-01T10:00:00Z,\xff,t,,\n"
           "3,2025-08-01T10:00:00Z,u,t,,{\n"
           "4,2025-08-01T10:00:00Z,u,t,,[1]\n"
           "5,2025-08-01T10:00:00Z,u,t,,\" {\"\"a\"\": 1}\"\n",
           mapping),
      ElementsAre(stored("5", "u", R"({"a":1})"), "2! properties bad_text", "3! user_id bad_text",
                  "4! properties bad_json", "5! properties not_an_object"));
}

}  // namespace
}  // namespace tidemark::wire
