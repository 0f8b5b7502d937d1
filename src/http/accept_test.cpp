// What Accept and Accept-Encoding lines say, in any case, order and spacing that RFC 9110 allows.

#include "http/accept.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "http/network/compress.hpp"

namespace tidemark::http {
namespace {

TEST(Accept, TheMostSpecificRangeDecides) {
  struct Case {
    std::string accept;
    int weight;
    bool named;
  };
  const std::vector<Case> cases = {
      {"", 1'000, false},
      {"text/csv", 1'000, true},
      {"TEXT/Csv", 1'000, true},
      {"text/csv;q=0", 0, true},
      {"text/csv ; Q=0.000", 0, true},
      {"text/csv;q=0.5, application/json", 500, true},
      {"text/csv;header=present;q=0.25", 250, true},
      {"text/csv;note=\"a,b;q=0\";q=0.7", 700, true},
      {"*/*", 1'000, false},
      {"text/*;q=0.3, */*", 300, false},
      {"*/*, text/csv;q=0.1", 100, true},
      {"text/csv;q=0.1, text/csv;q=0.2", 200, true},
      {",, text/csv ,", 1'000, true},
      {"application/json", 0, false},
      {"text/csvx, xtext/csv, text/, */csv", 0, false},
      {"text/csv;q=high", 1'000, true},
      {"text/csv;q=7", 1'000, true},
  };
  for (const auto& each : cases) {
    const auto weight = weight_of(each.accept, "text/csv");
    EXPECT_EQ(weight.weight, each.weight) << each.accept;
    EXPECT_EQ(weight.named, each.named) << each.accept;
  }
}

TEST(Accept, GzipIsSentOnlyToWhoTakesIt) {
  for (const char* yes : {"gzip", "GZIP", "x-gzip", "br, gzip;q=0.001", "*", "identity;q=0, *",
                          "deflate;q=1, gzip ; q=0.5"}) {
    EXPECT_TRUE(network::accepts_gzip(yes)) << yes;
  }
  for (const char* no : {"", "br", "gzip;q=0", "gzip; q=0.0", "gzip;x=1;Q=0", "gzip;q=0, *",
                         "*, gzip;q=0", "*;q=0", "identity", "gzipped"}) {
    EXPECT_FALSE(network::accepts_gzip(no)) << no;
  }
}

}  // namespace
}  // namespace tidemark::http
