// What was written is read back byte for byte, and bytes that end too early are told as such.

#include "quarantine/encoding.hpp"

#include <gtest/gtest.h>

namespace tidemark::quarantine {
namespace {

const std::string kNoText("\xff\0x", 3);  // no UTF-8, and NUL

std::string written() {
  Writer writer;
  writer.number(7);
  const std::vector<QuarantineFault> faults{{"user_id", "empty", "is empty"},
                                            {kNoText, "", kNoText}};
  writer.faults(faults);
  writer.text(kNoText);
  return writer.bytes();
}

TEST(Encoding, WhatWasWrittenIsReadBackByteForByte) {
  const auto bytes = written();
  Reader reader(bytes);
  EXPECT_EQ(reader.number(), 7U);
  const auto faults = reader.faults();
  ASSERT_EQ(faults.size(), 2U);
  EXPECT_EQ(faults[0].message, "is empty");
  EXPECT_EQ(faults[1].field, kNoText);
  EXPECT_EQ(faults[1].message, kNoText);
  EXPECT_EQ(reader.text(), kNoText);
  EXPECT_TRUE(reader.ok());
  EXPECT_TRUE(reader.rest().empty());
}

TEST(Encoding, BytesThatEndTooEarlyAreTold) {
  const auto bytes = written();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    Reader reader(std::string_view(bytes).substr(0, size));
    reader.number();
    reader.faults();
    reader.text();
    EXPECT_FALSE(reader.ok()) << size;
  }
}

TEST(Encoding, ACountThatCannotBeTrueCostsNothing) {
  Writer writer;
  writer.number(~std::uint64_t{0});
  Reader reader(writer.bytes());
  EXPECT_LE(reader.faults().size(), 1U);
  EXPECT_FALSE(reader.ok());
}

}  // namespace
}  // namespace tidemark::quarantine
