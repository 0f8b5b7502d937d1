// The documents must show whole without any other host, and both forms of a file must be the same.

#include "documents/documents.hpp"

#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

namespace tidemark::documents {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string unpacked(std::string_view gzip, std::size_t bytes_max) {
  std::string plain(bytes_max, '\0');
  z_stream stream{};
  constexpr int kGzipOnly = 16 + MAX_WBITS;
  EXPECT_EQ(inflateInit2(&stream, kGzipOnly), Z_OK);
  std::string input(gzip);
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(plain.data());
  stream.avail_out = static_cast<uInt>(plain.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  plain.resize(stream.total_out);
  inflateEnd(&stream);
  return plain;
}

std::string text_of(std::string_view name) {
  const auto asset = find(name);
  EXPECT_TRUE(asset) << name;
  return asset ? std::string(asset->bytes) : std::string();
}

TEST(Documents, BothFormsOfAFileAreTheSame) {
  ASSERT_GE(assets().size(), 6U);
  for (const auto& asset : assets()) {
    EXPECT_GT(asset.bytes.size(), 0U) << asset.name;
    EXPECT_EQ(unpacked(asset.gzip, asset.bytes.size() + 1), asset.bytes) << asset.name;
  }
}

TEST(Documents, EachFileHasItsOwnTagAndAType) {
  std::set<std::string_view> tags;
  for (const auto& asset : assets()) {
    EXPECT_THAT(std::string(asset.etag), testing::MatchesRegex("\"[0-9a-f]+\"")) << asset.name;
    EXPECT_THAT(std::string(asset.content_type), StartsWith("text/")) << asset.name;
    tags.insert(asset.etag);
  }
  EXPECT_EQ(tags.size(), assets().size());
}

TEST(Documents, ThePagesNameOnlyWhatIsServedHere) {
  for (const auto* page : {"docs.html", "docs.js", "redoc.html"}) {
    EXPECT_THAT(text_of(page), Not(HasSubstr("//"))) << page;
  }
  for (const auto& asset : assets()) {
    if (asset.name.ends_with(".html") || asset.name == "docs.js") continue;
    const auto address = "{root}assets/" + std::string(asset.name);
    EXPECT_THAT(text_of("docs.html") + text_of("redoc.html"), HasSubstr(address));
  }
}

TEST(Documents, RedocAsksNobodyForALogo) {
  EXPECT_THAT(text_of("redoc.standalone.js"), Not(HasSubstr("cdn.redoc.ly")));
}

TEST(Documents, AnUnknownNameIsNoFile) {
  EXPECT_FALSE(find(""));
  EXPECT_FALSE(find("docs"));
  EXPECT_FALSE(find("../docs.html"));
}

}  // namespace
}  // namespace tidemark::documents
