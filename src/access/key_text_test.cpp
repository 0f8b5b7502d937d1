// The text of a key: what is made is well formed, a typing error shows, and no two are alike.

#include "access/key_text.hpp"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidemark::access {
namespace {

using catalog::KeyKind;

TEST(KeyTextTest, AMadeKeyIsWellFormedAndSaysItsKind) {
  std::set<std::string> texts;
  for (int round = 0; round < 1'000; ++round) {
    for (const auto kind : {KeyKind::Write, KeyKind::Read, KeyKind::Admin}) {
      const auto made = make_key(kind);
      EXPECT_TRUE(is_well_formed(made.text)) << made.text;
      EXPECT_EQ(made.text.size(), kKeySize);
      EXPECT_EQ(kind_of(made.text), kind);
      EXPECT_TRUE(same(made.digest, digest_of(made.text)));
      texts.insert(made.text);
    }
  }
  EXPECT_EQ(texts.size(), 3'000U);
}

TEST(KeyTextTest, ATypingErrorShows) {
  const auto made = make_key(KeyKind::Read);
  for (std::size_t place = 0; place < made.text.size(); ++place) {
    for (const char c : {'0', 'A', 'z', '_', ' '}) {
      auto wrong = made.text;
      if (wrong[place] == c) continue;
      wrong[place] = c;
      EXPECT_FALSE(is_well_formed(wrong)) << wrong;
    }
    auto swapped = made.text;
    if (place + 1 == swapped.size() || swapped[place] == swapped[place + 1]) continue;
    std::swap(swapped[place], swapped[place + 1]);
    EXPECT_FALSE(is_well_formed(swapped)) << swapped;
  }
  EXPECT_FALSE(is_well_formed(""));
  EXPECT_FALSE(is_well_formed(made.text.substr(1)));
  EXPECT_FALSE(is_well_formed(made.text + "0"));
}

TEST(KeyTextTest, TheFormDoesNotChange) {
  // Keys are on the disks of users: one that was good stays good.
  EXPECT_TRUE(is_well_formed("tmr_00000000000000000000000000000000000000000010npUdw"));
}

TEST(KeyTextTest, TheDigestIsSha256) {
  // FIPS 180-2, appendix B.1.
  const auto digest = digest_of("abc");
  std::string text;
  for (const auto byte : digest) {
    constexpr std::string_view kHex = "0123456789abcdef";
    text += kHex[static_cast<unsigned>(byte) >> 4U];
    text += kHex[static_cast<unsigned>(byte) & 15U];
  }
  EXPECT_EQ(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(KeyTextTest, AMaskedKeyTellsOnlyItsKind) {
  const auto made = make_key(KeyKind::Write);
  EXPECT_EQ(masked(made.text), "tmw_…");
  EXPECT_EQ(masked("password"), "…");
}

TEST(KeyTextTest, AnAddressInALogHoldsNoKey) {
  const auto key = make_key(KeyKind::Write).text;
  EXPECT_EQ(without_keys("/events?key=" + key + "&a=b"), "/events?key=tmw_…&a=b");
  EXPECT_EQ(without_keys("/events?a=b&key=" + key), "/events?a=b&key=tmw_…");
  EXPECT_EQ(without_keys("/events?key=secret"), "/events?key=…");
  EXPECT_EQ(without_keys("/events?key="), "/events?key=");
  EXPECT_EQ(without_keys("/keys/" + key + "/x"), "/keys/tmw_…/x");
  EXPECT_EQ(without_keys("/events?monkey=1&from=2"), "/events?monkey=1&from=2");
  EXPECT_EQ(without_keys(""), "");
}

}  // namespace
}  // namespace tidemark::access
