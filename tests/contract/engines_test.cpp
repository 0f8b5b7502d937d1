// Engine against engine against a slow reference that was written from the contract's text alone:
// whatever happened, in whatever zone, archived or not, every engine that can answer a question
// gives exactly the reference's answer, at the same position, also where events were removed.
// Several projects, with some of the same ids and users, live in one service, and none sees
// anything of another.
//
// TIDEMARK_CONTRACT_WORLDS sets how many worlds are tried, TIDEMARK_CONTRACT_SEED the first.

#include <cstdlib>
#include <iostream>
#include <random>
#include <set>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "contract/answer_text.hpp"
#include "contract/reference.hpp"
#include "contract/world.hpp"
#include "support/embedded_service.hpp"
#include "support/removed_events.hpp"
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

/// A project, what happens in it, and what was taken of that.
struct Project {
  event::ProjectId id;
  World world;
  std::vector<KnownEvent> taken = {};
  std::vector<event::Sequence> sequences = {};  ///< of those, in the same order
};

/// Worlds, the service that they happen to, and what must be true of it.
class Life {
 public:
  Life(std::uint64_t seed, LocalDays& days)
      : random_(seed),
        days_(days),
        settings_(EmbeddedService::small_settings(folder_.path() / "data")) {
    // Their worlds begin in the same way: with the same ids, users and types.
    const auto projects = 1 + static_cast<std::uint32_t>(below(3));
    for (std::uint32_t id = 0; id < projects; ++id) {
      projects_.push_back({.id = event::ProjectId{id * 3}, .world = World(seed, days)});
    }
    // In every other life the archiver works by itself, and cuts batches in the middle.
    if (below(2) == 0) settings_.archive_events = 97;
    open();
  }

  void live(int steps) {
    for (int step = 0; step < steps && !testing::Test::HasFailure(); ++step) {
      post(one_of_them());
      const auto what = below(6);
      if (what == 0) archive();
      if (what == 1) open();
      if (what > 3) ask(2);
    }
  }

  void ask(int questions) {
    for (int i = 0; i < questions && !testing::Test::HasFailure(); ++i) ask(one_of_them());
  }

  void archive() {
    auto archived = (*service_)->archiver().archive_all();
    ASSERT_TRUE(archived) << archived.error().message();
  }

  /// Takes some of the events away that are archived: all views are made anew from the rest.
  void remove_some() {
    archive();
    service_.reset();
    std::set<event::Sequence> removed;
    const auto all_from = below(position_ + 1);  // whole segments, where they are small
    const auto all_to = all_from + 1 + below(300);
    for (auto& project : projects_) {
      for (std::size_t i = 0; i < project.taken.size();) {
        const auto sequence = project.sequences[i];
        const bool goes = below(4) == 0 || (sequence >= all_from && sequence < all_to);
        if (!goes) {
          ++i;
          continue;
        }
        removed.insert(sequence);
        project.taken.erase(project.taken.begin() + static_cast<std::ptrdiff_t>(i));
        project.sequences.erase(project.sequences.begin() + static_cast<std::ptrdiff_t>(i));
      }
    }
    const auto done = testing_support::remove_events(
        folder_.path() / "data", [&](event::Sequence at) { return removed.contains(at); });
    ASSERT_TRUE(done) << done.error().message();
    open();
  }

  [[nodiscard]] std::uint64_t answers() const { return answers_; }

 private:
  void open() {
    service_.reset();
    auto opened = EmbeddedService::open(files::posix_files(), settings_);
    ASSERT_TRUE(opened) << opened.error().message();
    service_ = std::move(*opened);
  }

  std::size_t below(std::size_t end) { return random_() % end; }
  Project& one_of_them() { return projects_[below(projects_.size())]; }

  void post(Project& project) {
    const auto before = project.taken.size();
    std::size_t sent = 0;
    const auto ndjson =
        project.world.batch(150, [&](const KnownEvent& event) { project.taken.push_back(event); });
    for (const char c : ndjson) sent += c == '\n' ? 1 : 0;
    auto receipt = service_->post(ndjson, project.id);
    ASSERT_TRUE(receipt) << receipt.error().message();
    ASSERT_EQ(receipt->accepted, project.taken.size() - before);
    ASSERT_EQ(receipt->duplicates, sent - receipt->accepted);
    for (auto at = position_; at < position_ + receipt->accepted; ++at) {
      project.sequences.push_back(at);
    }
    position_ += receipt->accepted;
    ASSERT_EQ(std::get<event::Sequence>(receipt->position), position_);
  }

  void ask(Project& project) {
    const auto asked = project.world.question();
    auto question = asked.question();
    std::visit([&](auto& any) { any.scope.project = project.id; }, question);
    const auto expected = reference_answer(asked, project.taken, days_);
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
      EXPECT_EQ(answered->as_of, position_);
      if (forced) {
        EXPECT_EQ(answered->engine, *forced);
      }
      EXPECT_TRUE(answered->answer == expected)
          << asked.text() << "\nof project " << static_cast<std::uint32_t>(project.id) << " at "
          << position_ << ", archived " << (*service_)->archiver().figures().archived << "\n"
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

  std::mt19937_64 random_;
  LocalDays& days_;
  TemporaryFolder folder_;
  config::Settings settings_;
  std::unique_ptr<EmbeddedService> service_;
  std::vector<Project> projects_;
  event::Sequence position_ = 0;
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
    life.remove_some();
    life.ask(4);
    life.live(4);
    life.ask(4);
    answers += life.answers();
  }
  std::cout << answers << " answers\n";
}

}  // namespace
}  // namespace tidemark::contract
