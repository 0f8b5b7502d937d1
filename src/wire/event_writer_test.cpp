// Stored events as text: what is written is what was sent, and is taken again as the same event.
#include "wire/event_writer.hpp"

#include <string>

#include <gtest/gtest.h>

#include "wire/decode_testing.hpp"

namespace tidemark::wire {
namespace {

event::StoredRow stored(std::string_view id, std::string_view user) {
  event::StoredRow row;
  row.id = id;
  row.user_id = user;
  row.event_type = "login";
  row.properties = R"({"a":"x,\"y\""})";
  row.occurred_at = kTestNow + 5;
  row.received_at = kTestNow;
  return row;
}

TEST(EventWriter, WritesTheFieldsAndTheArrival) {
  std::string out;
  write_event_json(stored("e1", "ü\"\\\n\x01"), out);
  EXPECT_EQ(
      out,
      R"({"event_id":"e1","occurred_at":"2025-08-01T10:00:00.000005Z","user_id":"ü\"\\\n\u0001",)"
      R"("event_type":"login","properties":{"a":"x,\"y\""},"received_at":"2025-08-01T10:00:00Z"})");
}

TEST(EventWriter, EveryCharacterComesBack) {
  std::string every;
  for (int c = 1; c < 128; ++c) every += static_cast<char>(c);
  every += "ü\xF0\x9F\x98\x80";
  std::string out;
  write_event_ndjson_line(stored(every, every), out);
  const auto decoded = decode_ndjson(out);
  ASSERT_TRUE(decoded);
  ASSERT_EQ(decoded->batch.rows.size(), 1U);
  EXPECT_EQ(decoded->batch.rows[0].id, every);
  EXPECT_EQ(decoded->batch.rows[0].user_id, every);
  EXPECT_EQ(decoded->batch.rows[0].occurred_at, kTestNow + 5);
  EXPECT_EQ(decoded->batch.rows[0].properties, R"({"a":"x,\"y\""})");
}

TEST(EventWriter, ACsvCellIsQuotedWhereItMustBe) {
  std::string out;
  write_event_csv_line(stored("a,b", "line\nend"), out);
  EXPECT_EQ(out,
            "\"a,b\",2025-08-01T10:00:00.000005Z,\"line\nend\",login,\"{\"\"a\"\":\"\"x,"
            "\\\"\"y\\\"\"\"\"}\"\n");
}

}  // namespace
}  // namespace tidemark::wire
