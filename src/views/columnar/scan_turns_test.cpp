// Scans take turns: a short one comes in between long ones, and none waits for ever. The clock is
// the test's own.

#include "views/columnar/scan_turns.hpp"

#include <atomic>
#include <future>
#include <memory>
#include <optional>
#include <thread>

#include <gtest/gtest.h>

namespace tidemark::views::columnar {
namespace {

using std::chrono::milliseconds;

struct ScanTurnsTest : testing::Test {
  ScanTurns::Options options(std::size_t working_max) {
    return {.working_max = working_max,
            .now = [this] { return ScanTurns::Clock::time_point(milliseconds(now_ms.load())); }};
  }
  /// Returns when so many wait.
  static void await(const ScanTurns& turns, std::size_t waiting) {
    while (turns.waiting() != waiting) std::this_thread::yield();
  }
  std::atomic<std::int64_t> now_ms{1'000};
  query::Cancellation nobody;
};

/// A scan on a thread of its own, which goes on when it is told to.
class Scan {
 public:
  explicit Scan(ScanTurns& turns)
      : thread_([this, &turns] {
          ScanTurns::Turn turn(turns, cancellation_);
          begun_.set_value();
          while (!ends_) {
            if (!turn.go_on()) break;
            ++steps_;
            std::this_thread::yield();
          }
        }) {}
  ~Scan() { end(); }
  Scan(const Scan&) = delete;
  Scan& operator=(const Scan&) = delete;
  void await_begun() { begun_.get_future().wait(); }
  /// Returns when it has gone on once more from now.
  void await_step() {
    const auto seen = steps_.load();
    while (steps_ < seen + 2) std::this_thread::yield();
  }
  void end() {
    ends_ = true;
    cancellation_.cancel();  // it may be waiting for its turn
    if (thread_.joinable()) thread_.join();
  }

 private:
  query::Cancellation cancellation_;
  std::promise<void> begun_;
  std::atomic<bool> ends_{false};
  std::atomic<std::uint64_t> steps_{0};
  std::thread thread_;
};

TEST_F(ScanTurnsTest, WhoIsAloneGoesOnWithoutWaiting) {
  ScanTurns turns(options(1));
  ScanTurns::Turn turn(turns, nobody);
  for (int i = 0; i < 100; ++i) {
    now_ms += 1'000;
    EXPECT_TRUE(turn.go_on());
  }
}

TEST_F(ScanTurnsTest, AShortScanComesInWhenALongOneHasHadItsShare) {
  ScanTurns turns(options(1));
  Scan longer(turns);
  longer.await_begun();
  std::optional<Scan> shorter;
  shorter.emplace(turns);
  await(turns, 1);
  longer.await_step();  // its share is not over: it goes on
  EXPECT_EQ(turns.waiting(), 1U);
  now_ms += 50;
  shorter->await_begun();
  await(turns, 1);  // the long one
  shorter.reset();
  longer.await_step();
}

TEST_F(ScanTurnsTest, TheOneThatHasHadLeastIsNext) {
  ScanTurns turns(options(1));
  Scan first(turns);
  first.await_begun();
  now_ms += 500;
  first.await_step();
  Scan second(turns);
  await(turns, 1);
  now_ms += 50;
  second.await_begun();
  now_ms += 60;
  second.await_step();  // it has had less than the first
  Scan third(turns);
  await(turns, 2);
  now_ms += 50;
  third.await_begun();
  await(turns, 2);
  third.end();
  second.await_step();
  EXPECT_EQ(turns.waiting(), 1U);
  second.end();
  first.await_step();
}

TEST_F(ScanTurnsTest, WhoHasWaitedLongGoesOnThoughOthersHaveHadLess) {
  ScanTurns turns(options(1));
  Scan longer(turns);
  longer.await_begun();
  now_ms += 5'000;
  longer.await_step();
  Scan shorter(turns);
  await(turns, 1);
  now_ms += 50;
  shorter.await_begun();
  await(turns, 1);
  now_ms += 900;
  shorter.await_step();
  now_ms += 100;
  longer.await_step();
  EXPECT_EQ(turns.waiting(), 1U);
}

TEST_F(ScanTurnsTest, WhoIsCancelledWhileItWaitsHearsSo) {
  ScanTurns turns(options(1));
  ScanTurns::Turn works(turns, nobody);
  query::Cancellation cancellation;
  auto waits = std::async(std::launch::async, [&] {
    ScanTurns::Turn turn(turns, cancellation);
    return turn.go_on();
  });
  await(turns, 1);
  cancellation.cancel();
  EXPECT_FALSE(waits.get());
  EXPECT_EQ(turns.waiting(), 0U);
  EXPECT_TRUE(works.go_on());
}

TEST_F(ScanTurnsTest, AsManyWorkAsMay) {
  ScanTurns turns(options(2));
  ScanTurns::Turn one(turns, nobody);
  ScanTurns::Turn two(turns, nobody);
  EXPECT_TRUE(one.go_on());
  EXPECT_TRUE(two.go_on());
  Scan three(turns);
  await(turns, 1);
}

}  // namespace
}  // namespace tidemark::views::columnar
