// Damage of what can be made anew, the index of ids, or that helps people, the quarantine: it is
// found at the start, told and counted, and costs no event and no id.

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/service_fixture.hpp"

namespace tidemark {
namespace {

using testing::HasSubstr;
using testing_support::lines_of;
using testing_support::ServiceProcess;
using testing_support::ServiceTest;
namespace fs = std::filesystem;

constexpr int kEvents = 3'000;

struct IndexDamage : ServiceTest {
  static std::string lines() { return lines_of(0, kEvents); }
  std::vector<fs::path> runs() const { return archived(".ids"); }
};

TEST_F(IndexDamage, AByteOfAFileOfIdsIsFoundAtTheStartAndTheFileMadeAnew) {
  {
    ServiceProcess service(data, {"--archive-events", std::to_string(kEvents)});
    const auto sent = service.client().post("/events", lines(), "application/x-ndjson");
    ASSERT_TRUE(sent && sent->status == 202);
    while (!fs::exists(data / "archive" / "MANIFEST")) std::this_thread::yield();
    EXPECT_EQ(service.stop(), 0);
  }
  const auto files = runs();
  ASSERT_GT(files.size(), 4U);
  // The header, ids, sequences, the checksum of a page, and the filters.
  const std::vector<std::uint64_t> places{8,         512,       700,
                                          512 + 390, 512 + 509, fs::file_size(files[0]) - 3};
  for (const auto at : places) {
    SCOPED_TRACE(at);
    flip(files[0], at);
    ServiceProcess service(data);
    ASSERT_FALSE(service.url().empty());
    EXPECT_THAT(metrics(service), HasSubstr("tidemark_id_runs_rebuilt_total 1\n"));
    const auto again = service.client().post("/events", lines(), "application/x-ndjson");
    ASSERT_TRUE(again);
    EXPECT_EQ(again->status, 202);
    EXPECT_THAT(again->body, HasSubstr("\"accepted\":0,\"duplicates\":3000"));
    EXPECT_EQ(service.stop(), 0);
  }
  ServiceProcess service(data);
  EXPECT_THAT(metrics(service), HasSubstr("tidemark_id_runs_rebuilt_total 0\n"));
}

TEST_F(IndexDamage, AByteOfTheQuarantineCostsOneRejectedEventAndIsCounted) {
  {
    ServiceProcess service(data);
    for (int i = 0; i < 20; ++i) {
      const auto sent = service.client().post(
          "/events", R"([{"event_id":"bad-)" + std::to_string(i) + R"("}])", "application/json");
      ASSERT_TRUE(sent && sent->status == 422);
    }
    EXPECT_EQ(service.stop(), 0);
  }
  flip(data / "quarantine" / "quarantine.log", 8 + 24 + 100);
  const ServiceProcess service(data);
  ASSERT_FALSE(service.url().empty());
  EXPECT_THAT(metrics(service), HasSubstr("tidemark_quarantine_damaged_total 1\n"));
  EXPECT_THAT(metrics(service), HasSubstr("tidemark_quarantine_events 19\n"));
}

}  // namespace
}  // namespace tidemark
