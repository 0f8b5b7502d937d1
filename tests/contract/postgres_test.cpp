// The engine `postgres` against the slow reference, and on the cases of tests/questions: events go
// into a real PostgreSQL as a worker writes them, and at whatever position is asked, the answer is
// that of the events below it.
//
// TIDEMARK_CONTRACT_WORLDS sets how many worlds are tried, TIDEMARK_CONTRACT_SEED the first.

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <random>

#include <gtest/gtest.h>

#include "archive/manifest.hpp"
#include "contract/answer_text.hpp"
#include "contract/reference.hpp"
#include "contract/world.hpp"
#include "questions/case_file.hpp"
#include "support/postgres_events.hpp"
#include "support/postgres_server.hpp"
#include "views/postgres/engine.hpp"

namespace tidemark::contract {
namespace {

using testing_support::PostgresEvents;
using testing_support::shared_postgres;

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
  const char* set = std::getenv(name);
  return set == nullptr ? otherwise : std::strtoull(set, nullptr, 10);
}

/// A ledger of its own, and the engine over it.
class Ledger {
 public:
  std::size_t post(const std::string& ndjson) { return events_.post(ndjson); }

  base::Result<query::Answer> answer(const query::Question& question, event::Sequence position) {
    const query::Visible visible{.position = position,
                                 .views = {},
                                 .tail = {},
                                 .manifest = std::make_shared<archive::Manifest>()};
    const query::Cancellation none;
    return engine_.answer(question, visible, none, false);
  }

 private:
  std::string url_ = shared_postgres().new_database();
  PostgresEvents events_{url_};
  views::postgres::PostgresEngine engine_{{.url = url_}};
};

/// A world, and the ledger that it happens to.
class Life {
 public:
  Life(std::uint64_t seed, LocalDays& days) : world_(seed, days), days_(days) {}

  void live(int steps) {
    for (int step = 0; step < steps && !testing::Test::HasFailure(); ++step) {
      post();
      if (world_.below(3) == 0) ask(2);
    }
  }
  void ask(int questions) {
    for (int i = 0; i < questions && !testing::Test::HasFailure(); ++i) ask(world_.question());
  }
  [[nodiscard]] std::uint64_t answers() const { return answers_; }

 private:
  void post() {
    const auto before = taken_.size();
    const auto ndjson =
        world_.batch(150, [&](const KnownEvent& event) { taken_.push_back(event); });
    ASSERT_EQ(ledger_.post(ndjson), taken_.size() - before);
  }

  void ask(const Asked& asked) {
    // A view may be behind the database, and within a batch.
    auto known = std::span<const KnownEvent>(taken_);
    if (world_.below(2) == 0) known = known.first(world_.below(taken_.size() + 1));
    const auto expected = reference_answer(asked, known, days_);
    const auto answer = ledger_.answer(asked.question(), known.size());
    ASSERT_TRUE(answer) << asked.text() << ": " << answer.error().message();
    EXPECT_TRUE(*answer == expected)
        << asked.text() << "\nat " << known.size() << " of " << taken_.size() << ":\n"
        << text_of(*answer) << "expected:\n"
        << text_of(expected);
    ++answers_;
  }

  World world_;
  LocalDays& days_;
  Ledger ledger_;
  std::vector<KnownEvent> taken_;
  std::uint64_t answers_ = 0;
};

TEST(PostgresEngine, AnswersAsTheContractSaysWhateverHappened) {
  const auto seed = setting("TIDEMARK_CONTRACT_SEED", std::random_device()());
  const auto worlds = setting("TIDEMARK_CONTRACT_WORLDS", 10);
  LocalDays days;
  std::uint64_t answers = 0;
  for (std::uint64_t i = 0; i < worlds; ++i) {
    SCOPED_TRACE("TIDEMARK_CONTRACT_SEED=" + std::to_string(seed + i) +
                 " TIDEMARK_CONTRACT_WORLDS=1");
    Life life(seed + i, days);
    life.live(15);
    life.ask(30);
    answers += life.answers();
    if (HasFailure()) break;
  }
  std::cout << worlds << " worlds from seed " << seed << ", " << answers << " answers compared\n";
}

struct PostgresQuestions : testing::TestWithParam<std::filesystem::path> {};

TEST_P(PostgresQuestions, AreAnswered) {
  const Case read = read_case(GetParam());
  ASSERT_FALSE(read.questions.empty());
  std::string ndjson;
  for (const auto& event : read.events) ndjson += event;
  Ledger ledger;
  const auto position = ledger.post(ndjson);
  for (const auto& asked : read.questions) {
    const auto answer = ledger.answer(asked.question(), position);
    ASSERT_TRUE(answer) << asked.text << ": " << answer.error().message();
    EXPECT_EQ(joined(rows_of(*answer)), joined(asked.rows))
        << GetParam() << ":" << asked.line << ": " << asked.text;
  }
}

INSTANTIATE_TEST_SUITE_P(Case, PostgresQuestions, testing::ValuesIn(case_files()),
                         [](const auto& one) { return one.param.stem().string(); });

}  // namespace
}  // namespace tidemark::contract
