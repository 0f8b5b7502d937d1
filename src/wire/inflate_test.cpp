// Compressed bodies: every coding, its bounds, and what happens to broken ones.
#include "wire/inflate.hpp"

#include <random>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

namespace tidemark::wire {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string deflated(std::string_view text, int window_bits) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY);
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

std::string gzip(std::string_view text) { return deflated(text, MAX_WBITS + 16); }
std::string zlib(std::string_view text) { return deflated(text, MAX_WBITS); }
std::string raw(std::string_view text) { return deflated(text, -MAX_WBITS); }

std::string zstd(std::string_view text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

constexpr std::size_t kMax = std::size_t{16} * 1024 * 1024;

std::string undone(std::string_view compressed, Coding coding) {
  const auto body = inflate(compressed, coding, kMax);
  return body ? std::string(body->text) : body.error().message();
}

std::string sample() {
  std::string text;
  for (int i = 0; i < 5'000; ++i) text += "{\"event_id\":\"e" + std::to_string(i * i) + "\"}\n";
  return text;
}

TEST(Inflate, UndoesEachCoding) {
  for (const std::string& text : {sample(), std::string("x"), std::string()}) {
    EXPECT_EQ(undone(gzip(text), Coding::Gzip), text);
    EXPECT_EQ(undone(zlib(text), Coding::Deflate), text);
    EXPECT_EQ(undone(raw(text), Coding::Deflate), text);
    EXPECT_EQ(undone(zstd(text), Coding::Zstd), text);
  }
}

TEST(Inflate, JoinsMembersAndFrames) {
  EXPECT_EQ(undone(gzip("one ") + gzip("") + gzip("two"), Coding::Gzip), "one two");
  EXPECT_EQ(undone(zstd("one ") + zstd("two"), Coding::Zstd), "one two");
}

/// As tapes and rotators leave it, and as gunzip takes it.
TEST(Inflate, ZerosBehindAMemberArePassedAndNothingElseIs) {
  const std::string zeros(70'000, '\0');
  for (const std::size_t count : {std::size_t{1}, std::size_t{511}, zeros.size()}) {
    const std::string padding = zeros.substr(0, count);
    EXPECT_EQ(undone(gzip("one ") + padding, Coding::Gzip), "one ");
    EXPECT_EQ(undone(gzip("one ") + padding + gzip("two") + padding, Coding::Gzip), "one two");
    EXPECT_THAT(undone(gzip("one ") + padding + "x", Coding::Gzip), HasSubstr("the data is"));
    EXPECT_THAT(undone(padding + gzip("one"), Coding::Gzip), HasSubstr("the data is broken"));
    EXPECT_THAT(undone(zlib("one") + padding, Coding::Deflate), HasSubstr("after the end"));
  }
}

TEST(Inflate, ABombStopsAtTheLimit) {
  std::string zeros(kMax + 1, '0');
  // Not so much the same that what it unpacks to is refused for its ratio.
  std::mt19937 random(1);
  for (std::size_t i = 0; i < zeros.size(); i += 256) zeros[i] = static_cast<char>(random());
  for (const auto& [compressed, coding] :
       std::initializer_list<std::pair<std::string, Coding>>{{gzip(zeros), Coding::Gzip},
                                                             {zlib(zeros), Coding::Deflate},
                                                             {zstd(zeros), Coding::Zstd}}) {
    const auto body = inflate(compressed, coding, kMax);
    ASSERT_FALSE(body);
    EXPECT_EQ(body.error().code(), base::ErrorCode::TooLarge);
    EXPECT_TRUE(inflate(compressed, coding, kMax + 1));
  }
}

TEST(Inflation, InStepsItGivesTheSameAsAtOnce) {
  const std::string text = sample() + std::string(300'000, 'x') + sample();
  for (const auto& [compressed, coding] : std::initializer_list<std::pair<std::string, Coding>>{
           {gzip(text), Coding::Gzip}, {raw(text), Coding::Deflate}, {zstd(text), Coding::Zstd}}) {
    for (const std::size_t step : {1'000U, 65'536U, 1U << 24U}) {
      Inflation inflation(compressed, coding, kMax, compressed.size());
      std::size_t before = 0;
      for (bool whole = false; !whole;) {
        const auto stepped = inflation.step(step);
        ASSERT_TRUE(stepped);
        whole = *stepped;
        // What was reserved first may be filled at once.
        EXPECT_LE(inflation.size() - before, std::max<std::size_t>(step, 65'536));
        before = inflation.size();
      }
      EXPECT_EQ(inflation.take().text, text);
    }
  }
}

TEST(Inflation, WhatUnpacksToMoreThanAThousandTimesItsSizeIsRefusedEarly) {
  const std::string spaces(std::size_t{16} << 20U, ' ');
  const std::string packed = zstd(spaces);
  Inflation inflation(packed, Coding::Zstd, spaces.size(), packed.size());
  base::Result<bool> stepped = false;
  while (stepped && !*stepped) stepped = inflation.step(std::size_t{1} << 20U);
  ASSERT_FALSE(stepped);
  EXPECT_EQ(stepped.error().code(), base::ErrorCode::TooLarge);
  EXPECT_THAT(stepped.error().message(), HasSubstr("1000 times its size"));
  EXPECT_LE(inflation.size(), std::size_t{6} << 20U);
  // Little that unpacks to a few megabytes is nothing to be afraid of.
  const std::string few(std::size_t{3} << 20U, ' ');
  EXPECT_EQ(undone(zstd(few), Coding::Zstd).size(), few.size());
}

TEST(Inflation, AWindowBeyondWhatHttpAllowsIsNotAllocated) {
  const std::string text(std::size_t{1} << 20U, 'x');
  ZSTD_CCtx* const context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, 27);
  ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  ZSTD_inBuffer in{.src = text.data(), .size = text.size(), .pos = 0};
  ZSTD_outBuffer out{.dst = packed.data(), .size = packed.size(), .pos = 0};
  // In two pieces, so that the size is not known when the frame begins.
  in.size = 10;
  ZSTD_compressStream2(context, &out, &in, ZSTD_e_flush);
  in.size = text.size();
  ASSERT_EQ(ZSTD_compressStream2(context, &out, &in, ZSTD_e_end), 0U);
  ZSTD_freeCCtx(context);
  packed.resize(out.pos);
  EXPECT_THAT(undone(packed, Coding::Zstd), HasSubstr("too much memory"));
}

TEST(Inflate, WhatIsCutShortOrBrokenIsTheSendersFault) {
  const std::string text = sample();
  for (const auto& [compressed, coding] :
       std::initializer_list<std::pair<std::string, Coding>>{{gzip(text), Coding::Gzip},
                                                             {zlib(text), Coding::Deflate},
                                                             {raw(text), Coding::Deflate},
                                                             {zstd(text), Coding::Zstd}}) {
    for (std::size_t size = 0; size < compressed.size(); size += 1 + (size / 10)) {
      const auto body = inflate(std::string_view(compressed).substr(0, size), coding, kMax);
      ASSERT_FALSE(body) << size;
      EXPECT_EQ(body.error().code(), base::ErrorCode::InvalidInput);
      EXPECT_THAT(body.error().message(),
                  HasSubstr("compressed byte " + std::to_string(size) + ": the data is cut short"));
    }
    EXPECT_THAT(undone(compressed + "garbage", coding), HasSubstr("the data is broken"));
    EXPECT_THAT(undone("{\"event_id\":1}", coding), HasSubstr("the data is"));
  }
}

TEST(Inflate, AnyBytesGiveABodyOrAnError) {
  const auto seed = std::random_device{}();
  RecordProperty("seed", std::to_string(seed));
  std::mt19937 random(seed);
  const std::string text = sample();
  const std::string whole[] = {gzip(text), zlib(text), zstd(text)};
  const Coding codings[] = {Coding::Gzip, Coding::Deflate, Coding::Zstd};
  for (int i = 0; i < 600; ++i) {
    std::string bytes = whole[i % 3];
    bytes[random() % bytes.size()] ^= static_cast<char>(1 + (random() % 255));
    const auto body = inflate(bytes, codings[i % 3], 200'000);
    EXPECT_TRUE(!body || body->text.size() <= 200'000U) << "seed " << seed;
  }
}

TEST(Codings, AreReadFromTheHeader) {
  EXPECT_THAT(*codings_of(""), IsEmpty());
  EXPECT_THAT(*codings_of("identity"), IsEmpty());
  EXPECT_THAT(*codings_of("gzip"), ElementsAre(Coding::Gzip));
  EXPECT_THAT(*codings_of("GZip , Identity"), ElementsAre(Coding::Gzip));
  EXPECT_THAT(*codings_of("x-gzip"), ElementsAre(Coding::Gzip));
  EXPECT_THAT(*codings_of("deflate, zstd"), ElementsAre(Coding::Deflate, Coding::Zstd));
  EXPECT_FALSE(codings_of("br"));
  EXPECT_FALSE(codings_of("gzip, br"));
  EXPECT_FALSE(codings_of("gzip;q=1"));
  EXPECT_FALSE(codings_of("gzip, gzip, gzip"));
}

TEST(PaddedBody, HoldsACopy) {
  EXPECT_EQ(padded_body("text").text, "text");
  EXPECT_EQ(padded_body("").text, "");
}

}  // namespace
}  // namespace tidemark::wire
