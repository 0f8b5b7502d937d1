// What a caller does after a failure hangs on its code, and what an operator does on its text.

#include "clients/sqlite/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

namespace tidemark::clients::sqlite {
namespace {

using base::ErrorCode;
using testing::HasSubstr;

ErrorCode code_of(int code) { return error_from(code, "x").code(); }

TEST(SqliteError, WhatMayWorkNextTimeIsUnavailable) {
  for (const int code :
       {SQLITE_BUSY, SQLITE_BUSY_RECOVERY, SQLITE_LOCKED, SQLITE_FULL, SQLITE_IOERR,
        SQLITE_IOERR_FSYNC, SQLITE_CANTOPEN, SQLITE_READONLY, SQLITE_READONLY_DBMOVED, SQLITE_PERM,
        SQLITE_PROTOCOL, SQLITE_ERROR, SQLITE_SCHEMA}) {
    EXPECT_EQ(code_of(code), ErrorCode::Unavailable) << sqlite3_errstr(code);
  }
}

TEST(SqliteError, TheRestHasItsOwnMeaning) {
  EXPECT_EQ(code_of(SQLITE_CORRUPT), ErrorCode::Corrupt);
  EXPECT_EQ(code_of(SQLITE_CORRUPT_INDEX), ErrorCode::Corrupt);
  EXPECT_EQ(code_of(SQLITE_NOTADB), ErrorCode::Corrupt);
  EXPECT_EQ(code_of(SQLITE_CONSTRAINT_UNIQUE), ErrorCode::Conflict);
  EXPECT_EQ(code_of(SQLITE_CONSTRAINT_FOREIGNKEY), ErrorCode::Conflict);
  EXPECT_EQ(code_of(SQLITE_CONSTRAINT_NOTNULL), ErrorCode::InvalidInput);
  EXPECT_EQ(code_of(SQLITE_CONSTRAINT_CHECK), ErrorCode::InvalidInput);
  EXPECT_EQ(code_of(SQLITE_TOOBIG), ErrorCode::TooLarge);
  EXPECT_EQ(code_of(SQLITE_NOMEM), ErrorCode::Overloaded);
}

TEST(SqliteError, TheTextSaysWhatToDo) {
  EXPECT_THAT(error_from(SQLITE_NOTADB, "x").message(), HasSubstr("restore it from a backup: x"));
  EXPECT_THAT(error_from(SQLITE_BUSY, "").message(), HasSubstr("try again: database is locked"));
  EXPECT_TRUE(error_from(SQLITE_FULL, "").is_foreign());
}

}  // namespace
}  // namespace tidemark::clients::sqlite
