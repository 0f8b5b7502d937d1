// What a client reads of an error: our words, and never a server's or a library's.

#include "api/errors.hpp"

#include <gtest/gtest.h>

namespace tidemark::api {
namespace {

using base::Error;
using base::ErrorCode;

constexpr ErrorCode kAll[] = {ErrorCode::InvalidInput, ErrorCode::NotFound, ErrorCode::Conflict,
                              ErrorCode::CannotAnswer, ErrorCode::TooLarge, ErrorCode::Overloaded,
                              ErrorCode::Unavailable,  ErrorCode::TimedOut, ErrorCode::Corrupt};

TEST(Errors, WhatAServerSaysIsForTheOperator) {
  for (const auto code : kAll) {
    const auto error = Error::foreign(code, "OOM … @user_script:1").while_doing("appending");
    const auto problem = to_problem(error);
    EXPECT_EQ(problem.detail.find("user_script"), std::string::npos) << problem.detail;
    EXPECT_FALSE(problem.detail.empty());
    EXPECT_EQ(problem.cause, "appending: OOM … @user_script:1");
    EXPECT_EQ(problem.status, to_problem(Error(code, "ours")).status);
    EXPECT_EQ(problem.code, to_problem(Error(code, "ours")).code);
  }
}

TEST(Errors, OurWordsAreForTheClientWhereTheyNameNoPlace) {
  for (const auto code : kAll) {
    const auto problem = to_problem(Error(code, "say it otherwise"));
    const bool hidden = code == ErrorCode::Unavailable || code == ErrorCode::Corrupt;
    EXPECT_EQ(problem.detail == "say it otherwise", !hidden);
    EXPECT_EQ(problem.cause, hidden ? "say it otherwise" : "");
  }
}

}  // namespace
}  // namespace tidemark::api
