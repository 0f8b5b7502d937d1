// Which content types are ours.
#include "wire/content_type.hpp"

#include <gtest/gtest.h>

namespace tidemark::wire {
namespace {

TEST(ContentType, NamesAFormatOrIsNotOurs) {
  for (const auto* json :
       {"", " ", "application/json", "Application/JSON", "application/json; charset=utf-8",
        "application/json;charset=UTF-8", "application/json; charset=\"utf-8\"",
        "application/json;", "application/cloudevents+json",
        "application/vnd.a.b+json ; charset=utf-8", "text/plain", "text/plain;charset=UTF-8",
        "application/octet-stream"}) {
    EXPECT_EQ(format_of(json), Format::Json) << json;
  }
  for (const auto* lines : {"application/x-ndjson", "application/ndjson", "application/jsonl",
                            "APPLICATION/X-NDJSON; charset=utf-8"}) {
    EXPECT_EQ(format_of(lines), Format::Ndjson) << lines;
  }
  for (const auto* other :
       {"text/html", "text/json", "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x", "application/json; charset=latin1",
        "application/json; charset=utf-16", "application/+json", "application/json; boundary=x",
        "application/jsonx", "json", "application/xml", "text/csv", "image/a+json",
        "application/json, application/json", "*/*"}) {
    EXPECT_EQ(format_of(other), std::nullopt) << other;
  }
}

}  // namespace
}  // namespace tidemark::wire
