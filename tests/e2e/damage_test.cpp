// Segments of the archive whose bytes have changed: the service tells it and stays, `verify` names
// the file and ends.

#include <fstream>
#include <thread>

#include <gtest/gtest.h>

#include "support/raw_http.hpp"
#include "support/service_fixture.hpp"

namespace tidemark {
namespace {

using testing_support::ask;
using testing_support::bytes_of;
using testing_support::lines_of;
using testing_support::run_program;
using testing_support::ServiceProcess;
using testing_support::ServiceTest;
namespace fs = std::filesystem;

constexpr int kSegmentEvents = 20'000;  // what /export reads in one step
constexpr int kSegments = 3;

struct Damage : ServiceTest {
  std::vector<fs::path> segments() const { return archived(".parquet"); }

  /// A folder with segments, held by nobody.
  void fill() const {
    ServiceProcess service(data, {"--archive-events", std::to_string(kSegmentEvents)});
    for (int batch = 0; batch < kSegments * 2; ++batch) {
      post(service, lines_of(batch * kSegmentEvents / 2, kSegmentEvents / 2));
    }
    // Each is named before the next one is begun.
    while (segments().size() < kSegments) std::this_thread::yield();
    EXPECT_EQ(service.stop(), 0);
    // Writes a snapshot, with which a start reads no segment again.
    EXPECT_EQ(run_program({"rebuild", "--data-dir", data}).code, 0);
  }

  /// Pages of the first column cannot be read any more; what the footer says is left.
  static void damage(const fs::path& file) {
    std::fstream bytes(file, std::ios::binary | std::ios::in | std::ios::out);
    bytes.seekp(4);
    bytes << std::string(200, '\x55');
  }
};

TEST_F(Damage, IsA503OfTheExportThatMeetsItFirstAndTheServiceStays) {
  fill();
  damage(segments().front());
  const ServiceProcess service(data);
  ASSERT_FALSE(service.url().empty());
  for (const std::string format : {"ndjson", "csv"}) {
    const auto answer = ask(service.port(), bytes_of("GET", "/export?format=" + format));
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.header("Content-Type"), "application/problem+json");
    EXPECT_EQ(answer.json().at("code"), "stored_data_damaged") << answer.body;
    EXPECT_EQ(answer.body.find(folder.path()), std::string::npos) << "a path is the operator's";
  }
  EXPECT_EQ(ask(service.port(), bytes_of("GET", "/healthz")).status, 200);
}

TEST_F(Damage, FurtherOnCutsTheExportOffAndTheServiceStays) {
  fill();
  damage(segments().at(1));
  ServiceProcess service(data);
  ASSERT_FALSE(service.url().empty());
  const auto whole = service.client().get("/export");
  EXPECT_FALSE(whole) << "a client must see that the end is missing";
  const auto out = folder.path() / "out.ndjson";
  const auto command = run_program({"export", "-o", out, "--url", service.url()});
  EXPECT_EQ(command.code, 3) << command.err;
  EXPECT_EQ(ask(service.port(), bytes_of("GET", "/healthz")).status, 200);
  EXPECT_EQ(service.stop(), 0);
}

TEST_F(Damage, IsNamedByVerifyWhichDoesNotAskAgain) {
  fill();
  const auto file = segments().front();
  damage(file);
  const auto own = run_program({"verify", "--data-dir", data});
  EXPECT_EQ(own.code, 1) << own.err;
  EXPECT_NE(own.err.find(file.filename()), std::string::npos) << own.err;
  EXPECT_NE(own.out.find("1 faults"), std::string::npos) << own.out;

  const ServiceProcess service(data);
  ASSERT_FALSE(service.url().empty());
  const auto columnar = ask(
      service.port(), bytes_of("GET", "/stats/dau?from=2025-08-01&to=2025-08-01&engine=columnar"));
  EXPECT_EQ(columnar.status, 503) << columnar.body;
  const auto asked = run_program({"verify", "--data-dir", data});
  EXPECT_EQ(asked.code, 1) << asked.err;
  EXPECT_NE(asked.err.find("Stored data"), std::string::npos) << asked.err;
}

}  // namespace
}  // namespace tidemark
