// The pool keeps to its bound, gives connections again, and does without those that are lost.

#include "clients/postgres/pool.hpp"

#include <thread>

#include <gtest/gtest.h>

#include "support/postgres_fixture.hpp"

namespace tidemark::clients::postgres {
namespace {

struct PoolTest : testing_support::PostgresTest {
  Pool pool{{.url = url}, {.connections_max = 2, .wait_max = std::chrono::milliseconds(20)}};
};

TEST_F(PoolTest, AConnectionIsGivenAgain) {
  int process = 0;
  {
    auto lease = pool.take();
    ASSERT_TRUE(lease) << lease.error().message();
    process = (*lease)->server_process();
    EXPECT_EQ(pool.figures().on_loan, 1U);
  }
  auto again = pool.take();
  ASSERT_TRUE(again);
  EXPECT_EQ((*again)->server_process(), process);
  EXPECT_EQ(pool.figures().open, 1U);
}

TEST_F(PoolTest, OverTheBoundIsRefusedAndCounted) {
  auto first = pool.take();
  auto second = pool.take();
  ASSERT_TRUE(first && second);
  const auto refused = pool.take();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), base::ErrorCode::Overloaded);
  EXPECT_EQ(pool.figures().refused, 1U);
  EXPECT_EQ(pool.figures().open, 2U);
}

TEST_F(PoolTest, WhoWaitsGetsTheOneThatComesBack) {
  Pool patient{{.url = url}, {.connections_max = 1, .wait_max = std::chrono::minutes(1)}};
  std::optional<base::Result<Lease>> held = patient.take();
  ASSERT_TRUE(*held);
  std::thread other([&] {
    const auto lease = patient.take();
    EXPECT_TRUE(lease);
  });
  held.reset();
  other.join();
  EXPECT_EQ(patient.figures().open, 1U);
}

TEST_F(PoolTest, OneThatIsLostOrLeftInATransactionIsMadeAnew) {
  {
    auto lease = pool.take();
    ASSERT_TRUE(lease);
    ASSERT_TRUE((*lease)->run("BEGIN"));
  }
  EXPECT_EQ(pool.figures().open, 0U);
  int process = 0;
  {
    auto lease = pool.take();
    ASSERT_TRUE(lease);
    process = (*lease)->server_process();
  }
  ASSERT_TRUE(connection.exec("SELECT pg_terminate_backend($1::int8::int4, 10000)",
                              {std::int64_t{process}}));
  auto lease = pool.take();
  ASSERT_TRUE(lease);
  EXPECT_NE((*lease)->server_process(), process);
  EXPECT_TRUE((*lease)->exec("SELECT 1"));
  EXPECT_EQ(pool.figures().lost, 2U);
}

TEST_F(PoolTest, AServerThatIsAwayTakesNoPlace) {
  Pool away{{.url = testing_support::shared_postgres().url("nowhere")},
            {.connections_max = 1, .wait_max = std::chrono::milliseconds(20)}};
  for (int tries = 0; tries < 3; ++tries) {
    const auto lease = away.take();
    ASSERT_FALSE(lease);
    EXPECT_EQ(lease.error().code(), base::ErrorCode::Unavailable);
  }
  EXPECT_EQ(away.figures().on_loan, 0U);
}

}  // namespace
}  // namespace tidemark::clients::postgres
