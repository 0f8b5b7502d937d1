// The end of a head is found wherever the pieces are cut, and each byte is looked at once.

#include "http/network/head_scanner.hpp"

#include <string>

#include <gtest/gtest.h>

namespace tidemark::http::network {
namespace {

using Found = HeadScanner::Found;

TEST(HeadScanner, FindsTheEndWhereverThePiecesAreCut) {
  const std::string head = "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n\r\n";
  const std::string input = head + "\r\n\r\nbody";
  for (std::size_t first = 0; first < head.size(); ++first) {
    for (std::size_t second = first; second < head.size(); ++second) {
      HeadScanner scanner;
      EXPECT_EQ(scanner.scan(std::string_view(input).substr(0, first)), Found::Nothing);
      EXPECT_EQ(scanner.scan(std::string_view(input).substr(0, second)), Found::Nothing);
      ASSERT_EQ(scanner.scan(input), Found::End) << first << " " << second;
      ASSERT_EQ(scanner.end(), head.size());
    }
  }
}

TEST(HeadScanner, TellsACrWithoutItsLfAsSoonAsItIsThere) {
  for (const std::string_view head :
       {"GET\r ", "GET / HTTP/1.1\r\r", "a\r\n\r\r\n", "a\r\nb\rc\r\n\r\n"}) {
    HeadScanner whole;
    EXPECT_EQ(whole.scan(head), Found::LoneCr) << head;
    HeadScanner pieces;
    Found found = Found::Nothing;
    for (std::size_t size = 1; size <= head.size() && found == Found::Nothing; ++size) {
      found = pieces.scan(head.substr(0, size));
    }
    EXPECT_EQ(found, Found::LoneCr) << head;
  }
}

// Searched anew at each byte, this would take minutes.
TEST(HeadScanner, LooksAtEachByteOnce) {
  std::string head;
  while (head.size() < std::size_t{2} << 20U) head += "a\r\n";
  HeadScanner scanner;
  for (std::size_t size = 1; size <= head.size(); ++size) {
    ASSERT_EQ(scanner.scan(std::string_view(head).substr(0, size)), Found::Nothing);
  }
}

}  // namespace
}  // namespace tidemark::http::network
