#pragma once

/// A test with a database of its own, on the server that the program's tests share.

#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "clients/postgres/connection.hpp"
#include "support/postgres_server.hpp"

namespace tidemark::testing_support {

struct PostgresTest : testing::Test {
  using Connection = clients::postgres::Connection;

  std::string url = shared_postgres().new_database();
  Connection connection = connect();

  [[nodiscard]] Connection connect(const clients::postgres::NoticeHandler& notices = {}) const {
    auto opened = Connection::open({.url = url}, notices);
    EXPECT_TRUE(opened) << opened.error().message();
    return std::move(*opened);
  }

  /// The one value of the one row.
  std::int64_t integer(const std::string& sql,
                       std::initializer_list<clients::postgres::Value> values = {}) {
    auto rows = connection.exec(sql, values);
    EXPECT_TRUE(rows) << rows.error().message();
    return rows && rows->size() == 1 ? (*rows)[0].integer(0) : -1;
  }
};

}  // namespace tidemark::testing_support
