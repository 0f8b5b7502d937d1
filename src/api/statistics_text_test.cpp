// Which form of an answer a client gets by its Accept.

#include "api/statistics_text.hpp"

#include <gtest/gtest.h>

namespace tidemark::api {
namespace {

TEST(PrefersCsv, WhereItIsWantedMoreThanJsonOrNamedAndWantedAsMuch) {
  for (const char* csv :
       {"text/csv", "TEXT/CSV", "text/csv; charset=utf-8", "text/csv, application/json",
        "application/json, text/csv", "text/csv;q=0.9, application/json;q=0.8", "text/csv, */*",
        "text/csv;q=0.5, application/json;q=0", "text/*"}) {
    EXPECT_TRUE(prefers_csv(csv)) << csv;
  }
  for (const char* json :
       {"", "*/*", "application/json", "text/csv;q=0", "text/csv;q=0, */*",
        "text/csv;q=0.5, application/json", "text/csv;q=0.5, */*", "text/html, */*;q=0.8",
        "text/csv-schema", "image/png", "text/*, application/*"}) {
    EXPECT_FALSE(prefers_csv(json)) << json;
  }
}

}  // namespace
}  // namespace tidemark::api
