#include "clients/duckdb/error.hpp"

#include <string>

#include <gtest/gtest.h>

namespace tidemark::clients::duckdb {
namespace {

using base::ErrorCode;

// Each as the library of the version that we pin has said it.
TEST(ErrorTest, ADamagedFileIsInvalidAndWhatTheSystemRefusesIsUnavailable) {
  for (const auto* damage :
       {"IO Error: Failed to read Parquet file \"/a/s.parquet\": root schema element has no "
        "children",
        "IO Error: INT64 converted type can only be set for value of Type::INT32",
        "IO Error: FIXED_LEN_BYTE_ARRAY requires length to be set",
        "IO Error: Could not read enough bytes from file \"s.parquet\": attempted to read 9 bytes "
        "from location 4",
        "Invalid Input Error: No magic bytes found at end of file 's.parquet'",
        "Invalid Error: Out of buffer"}) {
    EXPECT_EQ(error_from(damage).code(), ErrorCode::InvalidInput) << damage;
  }
  for (const auto* refused :
       {"IO Error: Cannot open file \"s.parquet\": Permission denied",
        "IO Error: Could not read from file \"s.parquet\": Input/output error",
        "IO Error: Could not write file \"s.parquet\": No space left on device",
        "IO Error: No files found that match the pattern \"s.parquet\"", ""}) {
    EXPECT_EQ(error_from(refused).code(), ErrorCode::Unavailable) << refused;
  }
  EXPECT_EQ(error_from(nullptr).code(), ErrorCode::Unavailable);
}

TEST(ErrorTest, AnAllocationOverAllMemoryIsTooLargeAndOneOverTheRestIsOverloaded) {
  const auto code_of = [](const std::string& sizes) {
    return error_from(("Out of Memory Error: failed to allocate data of size " + sizes).c_str())
        .code();
  };
  EXPECT_EQ(code_of("128.0 GiB (645.3 KiB/256.0 MiB used)"), ErrorCode::TooLarge);
  EXPECT_EQ(code_of("256.1 MiB (0 bytes/256.0 MiB used)"), ErrorCode::TooLarge);
  EXPECT_EQ(code_of("1.5 GiB (900.0 KiB/1.0 TiB used)"), ErrorCode::Overloaded);
  EXPECT_EQ(code_of("256.0 KiB (255.9 MiB/256.0 MiB used)\n\nPossible solutions: 9.0 PiB/1 KiB"),
            ErrorCode::Overloaded);
  EXPECT_EQ(code_of("16 bytes (64.0 MiB/64.0 MiB used)"), ErrorCode::Overloaded);
  EXPECT_EQ(error_from("Out of Memory Error: could not evict").code(), ErrorCode::Overloaded);
  EXPECT_EQ(error_from("std::bad_alloc").code(), ErrorCode::Overloaded);
}

}  // namespace
}  // namespace tidemark::clients::duckdb
