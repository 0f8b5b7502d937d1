// Ids are found wherever their events stand, also where nothing is taken; and looking takes
// nothing.

#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/embedded_service.hpp"
#include "support/service_process.hpp"

namespace tidemark::contract {
namespace {

using event::kNoSequence;
using testing::ElementsAre;
using testing_support::EmbeddedService;
using testing_support::TemporaryFolder;
using Found = base::Result<std::vector<event::Sequence>>;

std::string line(const std::string& id) {
  return R"({"event_id":")" + id +
         R"(","occurred_at":"2025-08-01T10:00:00Z","user_id":"ann","event_type":"login"})" + "\n";
}

struct Lookup : testing::Test {
  void SetUp() override {
    auto opened =
        EmbeddedService::open(files::posix_files(), EmbeddedService::small_settings(folder.path()));
    ASSERT_TRUE(opened) << opened.error().message();
    service = std::move(*opened);
    ASSERT_TRUE(service->post(line("a") + line("b")));
    ASSERT_TRUE((*service)->archiver().archive_all());
    ASSERT_TRUE(service->post(line("c")));
  }
  Found find(const std::vector<std::string>& ids) {
    std::vector<event::IdHash> hashes;
    for (const auto& id : ids) {
      hashes.push_back((*service)->hasher().hash(event::ProjectId::Default, id));
    }
    std::promise<Found> answered;
    (*service)->acceptor().find(std::move(hashes),
                                [&answered](Found found) { answered.set_value(std::move(found)); });
    return answered.get_future().get();
  }

  TemporaryFolder folder;
  std::unique_ptr<EmbeddedService> service;
};

TEST_F(Lookup, FindsArchivedAndFreshIdsAndNoOthers) {
  const auto found = find({"c", "nobody", "a", "b", "c"});
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_THAT(*found, ElementsAre(2, kNoSequence, 0, 1, 2));
  EXPECT_THAT(*find({"a"}), ElementsAre(0));
  EXPECT_EQ(service->visible()->position, 3U);
  const auto taken = service->post(line("nobody"));
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->accepted, 1U) << "a look-up has reserved the id";
}

TEST_F(Lookup, FindsWhereNothingIsTaken) {
  (*service)->acceptor().refuse("the disk is nearly full");
  EXPECT_FALSE(service->post(line("d")));
  EXPECT_THAT(*find({"c", "d"}), ElementsAre(2, kNoSequence));
  (*service)->acceptor().stop_taking("the folder has gone");
  EXPECT_THAT(*find({"c", "d"}), ElementsAre(2, kNoSequence));
}

TEST_F(Lookup, IsRefusedOnceTheServiceHasStopped) {
  (*service)->acceptor().stop();
  EXPECT_THAT(*find({"a"}), ElementsAre(0)) << "it is archived";
  const auto found = find({"c"});
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code(), base::ErrorCode::Unavailable);
}

}  // namespace
}  // namespace tidemark::contract
