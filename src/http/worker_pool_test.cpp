// A bounded number of threads: what is refused, what waits, and that nothing which work does ends
// more than that work.

#include "http/worker_pool.hpp"

#include <future>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

namespace tidemark::http {
namespace {

TEST(WorkerPool, WhatWorkThrowsEndsThatWorkAndIsTold) {
  std::promise<std::string> told;
  WorkerPool pool({.threads = 1, .on_failure = [&](std::string_view what) {
                     told.set_value(std::string(what));
                   }});
  ASSERT_TRUE(pool.try_submit([] { throw std::runtime_error("no disk"); }));
  EXPECT_EQ(told.get_future().get(), "no disk");
  std::promise<void> done;
  ASSERT_TRUE(pool.try_submit([&] { done.set_value(); }));
  done.get_future().wait();
  pool.stop();
  EXPECT_EQ(pool.running(), 0U);
}

TEST(WorkerPool, ALaterStepWaitsWhereAFirstOneIsRefused) {
  WorkerPool pool({.threads = 1, .queue_max = 1});
  std::promise<void> gate;
  std::promise<void> begun;
  std::promise<void> done;
  ASSERT_TRUE(pool.try_submit([&] {
    begun.set_value();
    gate.get_future().wait();
  }));
  begun.get_future().wait();
  ASSERT_TRUE(pool.try_submit([] {}));
  EXPECT_FALSE(pool.try_submit([] {}));
  EXPECT_TRUE(pool.try_submit([&] { done.set_value(); }, {.turn = Turn::Later}));
  gate.set_value();
  done.get_future().wait();
  pool.stop();
  EXPECT_FALSE(pool.try_submit([] {}, {.turn = Turn::Later})) << "nobody runs it any more";
  EXPECT_EQ(pool.refused(), 2U);
}

TEST(WorkerPool, AFullQueueTakesWorkOfWhoHasNoneAndDropsTheNewestOfWhoHasMost) {
  WorkerPool pool({.threads = 1, .queue_max = 3});
  std::promise<void> gate;
  std::promise<void> begun;
  ASSERT_TRUE(pool.try_submit([&] {
    begun.set_value();
    gate.get_future().wait();
  }));
  begun.get_future().wait();
  std::promise<void> newest;
  auto dropped = newest.get_future();
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(pool.try_submit([] {}, {.asker = 1}));
  ASSERT_TRUE(pool.try_submit([held = std::make_shared<std::promise<void>>(std::move(newest))] {},
                              {.asker = 1}));
  EXPECT_FALSE(pool.try_submit([] {}, {.asker = 1}));
  std::promise<void> other;
  ASSERT_TRUE(pool.try_submit([&] { other.set_value(); }, {.asker = 2}));
  EXPECT_THROW(dropped.get(), std::future_error) << "the work is gone, so who waits for it hears";
  EXPECT_EQ(pool.waiting(), 3U);
  EXPECT_EQ(pool.refused(), 2U);
  EXPECT_FALSE(pool.stopping());
  gate.set_value();
  other.get_future().wait();
  pool.stop();
  EXPECT_TRUE(pool.stopping());
}

}  // namespace
}  // namespace tidemark::http
