// A password is in the URL, and must be in nothing that we print.

#include "clients/postgres/options.hpp"

#include <gtest/gtest.h>

namespace tidemark::clients::postgres {
namespace {

TEST(PostgresOptions, APasswordIsNotShown) {
  EXPECT_EQ(printable("postgres://ann:secret@db:5432/events"), "postgres://ann:***@db:5432/events");
  EXPECT_EQ(printable("postgres://ann:s:e@c@db/events"), "postgres://ann:***@db/events");
  EXPECT_EQ(printable("postgresql://db/events?user=ann&password=secret&sslmode=require"),
            "postgresql://db/events?user=ann&password=***&sslmode=require");
  EXPECT_EQ(printable("postgres://db/events?sslpassword=secret"),
            "postgres://db/events?sslpassword=***");
  EXPECT_EQ(printable("host=db password='a b' user=ann"), "host=db password=***");
}

TEST(PostgresOptions, AUrlWithoutOneIsShownAsItIs) {
  for (const auto* url : {"postgres://db/events", "postgres://ann@db:5432/events?sslmode=require",
                          "postgres:///events?host=/run/a:b@c"}) {
    EXPECT_EQ(printable(url), url);
  }
}

TEST(PostgresOptions, WhatIsNoUrlIsRefusedWithoutRepeatingIt) {
  EXPECT_TRUE(check_url("postgres://ann:secret@db:5432/events?sslmode=require"));
  for (const auto* url : {"", "db", "http://db/events", "postgres://ann:secret@db:port/events?x=1",
                          "password=secret"}) {
    const auto checked = check_url(url);
    ASSERT_FALSE(checked) << url;
    EXPECT_EQ(checked.error().code(), base::ErrorCode::InvalidInput);
    EXPECT_EQ(checked.error().message().find("secret"), std::string::npos);
  }
}

}  // namespace
}  // namespace tidemark::clients::postgres
