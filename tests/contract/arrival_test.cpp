// While events keep arriving and are being archived: what is answered is exactly what was there at
// the position that the answer names, whichever engine gives it.

#include <atomic>
#include <iostream>
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "contract/answer_text.hpp"
#include "contract/reference.hpp"
#include "contract/world.hpp"
#include "support/embedded_service.hpp"
#include "support/service_process.hpp"

namespace tidemark::contract {
namespace {

using testing_support::EmbeddedService;
using testing_support::TemporaryFolder;

constexpr int kBatches = 150;
constexpr int kAskers = 2;
/// Questions that are asked over and over, so that each meets many positions.
constexpr std::size_t kQuestions = 24;

struct ArrivalTest : testing::Test {
  ArrivalTest() : world(seed, days) {
    std::cout << "seed " << seed << "\n";
    for (int i = 0; i < kBatches; ++i) {
      batches.push_back(world.batch(40, [&](const KnownEvent& event) { taken.push_back(event); }));
    }
    for (std::size_t i = 0; i < kQuestions; ++i) questions.push_back(world.question());
    // From here on the C library's zone stays as it is: threads run.
    for (const auto& zone : world.zones()) {
      for (const auto& event : taken) std::ignore = days.day_of(zone, event.at);
    }
    auto opened =
        EmbeddedService::open(files::posix_files(), EmbeddedService::small_settings(folder.path()));
    EXPECT_TRUE(opened) << opened.error().message();
    if (opened) service = std::move(*opened);
  }

  /// Goes on when enough was asked and archived since the last batch, so that all of it really
  /// happens at once.
  void write_all() {
    for (int i = 0; i < kBatches && !HasFailure(); ++i) {
      auto receipt = service->post(batches[static_cast<std::size_t>(i)]);
      EXPECT_TRUE(receipt) << receipt.error().message();
      for (int done = rounds; (done < i || segments() < i / 20) && !HasFailure(); done = rounds) {
        rounds.wait(done);
      }
    }
    over = true;
  }

  void archive_all_the_time() {
    while (!over && !HasFailure()) {
      auto archived = (*service)->archiver().archive_all();
      EXPECT_TRUE(archived) << archived.error().message();
    }
  }
  [[nodiscard]] int segments() const {
    return static_cast<int>((*service)->archiver().figures().segments);
  }

  void ask_until_it_is_over(unsigned first) {
    for (unsigned i = first; !over && !HasFailure(); i += kAskers) {
      ask(questions[i % kQuestions]);
      ++rounds;
      rounds.notify_all();
    }
    ++rounds;
    rounds.notify_all();
  }

  void ask(const Asked& asked) {
    const auto visible = service->visible();
    const auto question = asked.question();
    std::optional<query::Answer> expected;
    for (const std::string_view engine : {"rollup", "columnar"}) {
      if (engine == "rollup" && asked.beyond_rollup()) continue;
      auto answered = (*service)->engines().answer(question, *visible, {}, engine);
      if (!answered && answered.error().code() == base::ErrorCode::Overloaded) continue;
      ASSERT_TRUE(answered) << engine << ": " << asked.text() << answered.error().message();
      EXPECT_EQ(answered->as_of, visible->position);
      if (!expected) {
        expected = reference_answer(asked, std::span(taken).first(visible->position), days);
      }
      EXPECT_TRUE(answered->answer == *expected)
          << engine << ": " << asked.text() << "\nat " << visible->position << ", archived "
          << visible->manifest->end() << "\n"
          << text_of(answered->answer) << "expected:\n"
          << text_of(*expected);
      ++(engine == "rollup" ? by_rollup : by_columnar);
    }
  }

  const std::uint64_t seed = std::random_device{}();
  LocalDays days;
  World world;
  std::vector<std::string> batches;
  std::vector<KnownEvent> taken;
  std::vector<Asked> questions;
  TemporaryFolder folder;
  std::unique_ptr<EmbeddedService> service;
  std::atomic<int> rounds = 0;
  std::atomic<bool> over = false;
  std::atomic<int> by_rollup = 0;
  std::atomic<int> by_columnar = 0;
};

TEST_F(ArrivalTest, EnginesAgreeAtEveryPosition) {
  ASSERT_TRUE(service);
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < kAskers; ++i) {
    threads.emplace_back([this, i] { ask_until_it_is_over(i); });
  }
  threads.emplace_back([this] { archive_all_the_time(); });
  write_all();
  ++rounds;
  rounds.notify_all();
  for (auto& thread : threads) thread.join();

  EXPECT_GT(by_rollup, 20);
  EXPECT_GT(by_columnar, 50);
  EXPECT_GT(segments(), 3);
  EXPECT_EQ(service->visible()->position, taken.size());
  std::cout << by_rollup << " answers of the rollup, " << by_columnar << " of columnar\n";
}

}  // namespace
}  // namespace tidemark::contract
