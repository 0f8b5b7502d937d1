// Engine against engine against a slow reference that was written from the contract's text alone:
// whatever happened, in whatever zone, archived or not, every engine that can answer a question
// gives exactly the reference's answer, at the same position.
//
// TIDEMARK_CONTRACT_WORLDS sets how many worlds are tried, TIDEMARK_CONTRACT_SEED the first.

#include <cstdlib>
#include <iostream>
#include <random>

#include <gtest/gtest.h>

#include "contract/answer_text.hpp"
#include "contract/reference.hpp"
#include "contract/world.hpp"
#include "support/embedded_service.hpp"
#include "support/service_process.hpp"

namespace tidemark::contract {
namespace {

using namespace std::string_view_literals;  // NOLINT(google-build-using-namespace)
using testing_support::EmbeddedService;
using testing_support::TemporaryFolder;

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
  const char* set = std::getenv(name);
  return set == nullptr ? otherwise : std::strtoull(set, nullptr, 10);
}

/// A world, the service that it happens to, and what must be true of it.
class Life {
 public:
  Life(std::uint64_t seed, LocalDays& days)
      : world_(seed, days),
        days_(days),
        settings_(EmbeddedService::small_settings(folder_.path() / "data")) {
    // In every other world the archiver works by itself, and cuts batches in the middle.
    if (world_.below(2) == 0) settings_.archive_events = 97;
    open();
  }

  void live(int steps) {
    for (int step = 0; step < steps && !testing::Test::HasFailure(); ++step) {
      post();
      const auto what = world_.below(6);
      if (what == 0) archive();
      if (what == 1) open();
      if (what > 3) ask(2);
    }
  }

  void ask(int questions) {
    for (int i = 0; i < questions && !testing::Test::HasFailure(); ++i) ask(world_.question());
  }

  void archive() {
    auto archived = (*service_)->archiver().archive_all();
    ASSERT_TRUE(archived) << archived.error().message();
  }

  [[nodiscard]] std::uint64_t answers() const { return answers_; }

 private:
  void open() {
    service_.reset();
    auto opened = EmbeddedService::open(files::posix_files(), settings_);
    ASSERT_TRUE(opened) << opened.error().message();
    service_ = std::move(*opened);
  }

  void post() {
    const auto before = taken_.size();
    std::size_t sent = 0;
    const auto ndjson =
        world_.batch(150, [&](const KnownEvent& event) { taken_.push_back(event); });
    for (const char c : ndjson) sent += c == '\n' ? 1 : 0;
    auto receipt = service_->post(ndjson);
    ASSERT_TRUE(receipt) << receipt.error().message();
    ASSERT_EQ(receipt->accepted, taken_.size() - before);
    ASSERT_EQ(receipt->duplicates, sent - receipt->accepted);
    ASSERT_EQ(std::get<event::Sequence>(receipt->position), taken_.size());
  }

  void ask(const Asked& asked) {
    const auto question = asked.question();
    const auto expected = reference_answer(asked, taken_, days_);
    for (const auto forced : {std::optional<std::string_view>(), std::optional("rollup"sv),
                              std::optional("columnar"sv)}) {
      const auto who = std::string(forced.value_or("any engine"));
      const auto answered = answer(question, forced);
      if (forced == "rollup" && asked.beyond_rollup()) {
        ASSERT_FALSE(answered) << asked.text();
        EXPECT_EQ(answered.error().code(), base::ErrorCode::CannotAnswer);
        continue;
      }
      ASSERT_TRUE(answered) << who << ": " << asked.text() << ": " << answered.error().message();
      EXPECT_EQ(answered->as_of, taken_.size());
      if (forced) {
        EXPECT_EQ(answered->engine, *forced);
      }
      EXPECT_TRUE(answered->answer == expected)
          << asked.text() << "\nat " << taken_.size() << ", archived "
          << (*service_)->archiver().figures().archived << "\n"
          << who << ":\n"
          << text_of(answered->answer) << "expected:\n"
          << text_of(expected);
      ++answers_;
    }
  }

  base::Result<query::Answered> answer(const query::Question& question,
                                       std::optional<std::string_view> forced) {
    // "Ask again soon" is an answer where a zone's days were finished after the state was taken.
    constexpr int kTries = 3;
    for (int i = 1;; ++i) {
      auto answered = (*service_)->engines().answer(question, *service_->visible(), {}, forced);
      const bool soon = !answered && answered.error().code() == base::ErrorCode::Overloaded;
      if (!soon || i == kTries) return answered;
    }
  }

  World world_;
  LocalDays& days_;
  TemporaryFolder folder_;
  config::Settings settings_;
  std::unique_ptr<EmbeddedService> service_;
  std::vector<KnownEvent> taken_;
  std::uint64_t answers_ = 0;
};

TEST(Engines, AllOfThemGiveTheReferencesAnswer) {
  const auto seed = setting("TIDEMARK_CONTRACT_SEED", std::random_device{}());
  const auto worlds = setting("TIDEMARK_CONTRACT_WORLDS", 8);
  std::cout << "seed " << seed << ", " << worlds << " worlds\n";
  LocalDays days;
  std::uint64_t answers = 0;
  for (std::uint64_t i = 0; i < worlds && !HasFailure(); ++i) {
    SCOPED_TRACE("TIDEMARK_CONTRACT_WORLDS=1 TIDEMARK_CONTRACT_SEED=" + std::to_string(seed + i));
    Life life(seed + i, days);
    life.ask(2);  // of nothing at all
    life.live(10);
    life.ask(12);
    life.archive();
    life.ask(4);  // now nothing is in the tail
    answers += life.answers();
  }
  std::cout << answers << " answers\n";
}

}  // namespace
}  // namespace tidemark::contract
