// Questions as data: every *.case beside this file, its events posted to the real embedded service,
// its questions asked of every engine, its rows expected: with all events in the tail, all in the
// archive, and some in each. Cases are checked by hand; they hold for the slow reference too.

#include <filesystem>

#include <gtest/gtest.h>

#include "contract/answer_text.hpp"
#include "contract/reference.hpp"
#include "questions/case_file.hpp"
#include "support/embedded_service.hpp"
#include "support/service_process.hpp"

namespace tidemark::contract {
namespace {

using testing_support::EmbeddedService;
using testing_support::TemporaryFolder;
using Path = std::filesystem::path;

struct Questions : testing::TestWithParam<Path> {
  void open() {
    service.reset();
    folder = std::make_unique<TemporaryFolder>();
    auto opened = EmbeddedService::open(files::posix_files(),
                                        EmbeddedService::small_settings(folder->path()));
    ASSERT_TRUE(opened) << opened.error().message();
    service = std::move(*opened);
  }
  void post(std::size_t from, std::size_t to) {
    std::string ndjson;
    for (std::size_t i = from; i < to; ++i) ndjson += read.events[i];
    auto receipt = service->post(ndjson);
    ASSERT_TRUE(receipt) << receipt.error().message();
  }
  void archive() {
    auto archived = (*service)->archiver().archive_all();
    ASSERT_TRUE(archived) << archived.error().message();
  }

  void ask_all(const std::string& where) {
    for (const auto& asked : read.questions) {
      SCOPED_TRACE(GetParam().string() + ":" + std::to_string(asked.line) + ": " + where);
      for (const auto* engine : {"rollup", "columnar"}) {
        if (engine == std::string_view("rollup") && asked.beyond_rollup()) continue;
        expect(asked, engine, where);
      }
      expect(asked, std::nullopt, where);
    }
  }
  void expect(const CaseQuestion& asked, std::optional<std::string_view> engine,
              const std::string& where) {
    auto answered = (*service)->engines().answer(asked.question(), *service->visible(), {}, engine);
    ASSERT_TRUE(answered) << answered.error().message();
    EXPECT_EQ(joined(rows_of(answered->answer)), joined(asked.rows))
        << answered->engine << ", " << where;
  }

  Case read;
  std::unique_ptr<TemporaryFolder> folder;
  std::unique_ptr<EmbeddedService> service;
};

TEST_P(Questions, AreAnsweredByEveryEngine) {
  read = read_case(GetParam());
  ASSERT_FALSE(read.questions.empty());
  open();
  post(0, read.events.size());
  ask_all("all in the tail");
  archive();
  ask_all("all archived");

  open();
  const auto middle = (read.events.size() + 1) / 2;
  post(0, middle);
  archive();
  post(middle, read.events.size());
  ask_all("half archived");
}

TEST_P(Questions, HoldForTheReference) {
  read = read_case(GetParam());
  LocalDays days;
  for (const auto& asked : read.questions) {
    if (!asked.segments.empty()) continue;  // they are text here, and the reference does not parse
    EXPECT_EQ(joined(rows_of(reference_answer(asked.asked, read.known, days))), joined(asked.rows))
        << GetParam() << ":" << asked.line << ": " << asked.text;
  }
}

INSTANTIATE_TEST_SUITE_P(Case, Questions, testing::ValuesIn(case_files()),
                         [](const auto& one) { return one.param.stem().string(); });

}  // namespace
}  // namespace tidemark::contract
