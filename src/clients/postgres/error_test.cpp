// What the worker does after a failure hangs on its code: retry, split the batch, or tell somebody.

#include "clients/postgres/error.hpp"

#include <gtest/gtest.h>

namespace tidemark::clients::postgres {
namespace {

using base::ErrorCode;

ErrorCode code_of(std::string_view state) { return error_from(state, "x").code(); }

TEST(PostgresError, WhatMayWorkNextTimeIsUnavailable) {
  for (const auto* state : {"", "08006", "57P01", "57P03", "40001", "25006", "53100", "28P01",
                            "3D000", "42P01", "58030", "XX000"}) {
    EXPECT_EQ(code_of(state), ErrorCode::Unavailable) << state;
  }
}

TEST(PostgresError, OnlyAValueThatNeverFitsIsTheSenders) {
  for (const auto* state : {"22021", "22P02", "22003", "23502", "23514"}) {
    EXPECT_EQ(code_of(state), ErrorCode::InvalidInput) << state;
  }
  EXPECT_EQ(code_of("22P04"), ErrorCode::Unavailable);  // a COPY that was cut is nobody's event
}

TEST(PostgresError, TheRestHasItsOwnMeaning) {
  EXPECT_EQ(code_of("23505"), ErrorCode::Conflict);
  EXPECT_EQ(code_of("53300"), ErrorCode::Overloaded);
  EXPECT_EQ(code_of("53200"), ErrorCode::Overloaded);
  EXPECT_EQ(code_of("54000"), ErrorCode::TooLarge);
  EXPECT_EQ(code_of("40P01"), ErrorCode::Conflict);
  EXPECT_EQ(code_of("55P03"), ErrorCode::TimedOut);
  EXPECT_EQ(code_of("57014"), ErrorCode::TimedOut);
  EXPECT_EQ(code_of("XX001"), ErrorCode::Corrupt);
}

TEST(PostgresError, TheTextIsOneLineAndSaysWhatToLookAt) {
  EXPECT_EQ(error_from("53100", "could not extend file\n").message(),
            "PostgreSQL's disk is full: could not extend file");
  EXPECT_EQ(error_from("", "server closed the connection\n\tThis probably means\n").message(),
            "server closed the connection");
  EXPECT_EQ(error_from("XX000", "").message(), "PostgreSQL gave no reason");
}

}  // namespace
}  // namespace tidemark::clients::postgres
