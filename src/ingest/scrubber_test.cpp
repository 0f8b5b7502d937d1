// Damage that nobody asks for is found, and what was checked is remembered over new starts.

#include "ingest/scrubber.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <string>

#include <gtest/gtest.h>

#include "archive/block_sums.hpp"

namespace tidemark::ingest {
namespace {

using namespace std::chrono_literals;

struct ScrubberTest : testing::Test {
  std::filesystem::path folder = [] {
    auto pattern = (std::filesystem::temp_directory_path() / "tidemark-XXXXXX").string();
    return std::filesystem::path(mkdtemp(pattern.data()));
  }();
  files::Files& files = files::posix_files();
  std::unique_ptr<archive::ManifestStore> manifests = *archive::ManifestStore::open(files, folder);
  std::promise<std::string> damage;
  archive::SegmentChecks checks{files, {.on_damage = [this](const base::Error& found) {
                                  damage.set_value(found.message());
                                }}};

  void SetUp() override {
    std::vector<archive::SegmentFile> segments;
    for (event::Sequence first = 0; first < 3; ++first) {
      archive::SegmentFile segment{.file = std::to_string(first) + ".parquet",
                                   .first = first,
                                   .end = first + 1,
                                   .rows = 1,
                                   .bytes = 1'000};
      std::ofstream(folder / segment.file) << std::string(segment.bytes, 'x');
      segment.block_sums = *archive::block_sums(files, folder / segment.file, segment.bytes);
      segments.push_back(segment);
    }
    ASSERT_TRUE(manifests->replace({.segments = segments}));
  }
  ~ScrubberTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }

  Scrubber::Parts parts() { return {.files = files, .manifests = *manifests, .checks = checks}; }
  [[nodiscard]] Scrubber::Options options(std::chrono::seconds pass) const {
    return {.pass = pass, .remembered = folder / "views" / "checked"};
  }
};

TEST_F(ScrubberTest, DamageIsFoundWithoutAQuestion) {
  Scrubber scrubber(parts(), options(2s));
  std::ofstream(folder / "1.parquet") << std::string(999, 'x') << 'y';
  auto found = damage.get_future();
  ASSERT_EQ(found.wait_for(30s), std::future_status::ready);
  EXPECT_NE(found.get().find("1.parquet"), std::string::npos);
}

TEST_F(ScrubberTest, WhatWasCheckedIsRememberedByTheNextStart) {
  {
    Scrubber scrubber(parts(), options(4s));
    while (checks.figures().bytes < 3'000) std::this_thread::yield();
  }
  std::string kept;
  std::getline(std::ifstream(folder / "views" / "checked"), kept, '\0');
  EXPECT_NE(kept.find("0.parquet "), std::string::npos) << kept;
  archive::SegmentChecks new_checks{files, {}};
  const Scrubber scrubber({.files = files, .manifests = *manifests, .checks = new_checks},
                          options(1'000'000s));
  EXPECT_LT(scrubber.oldest_check(), 60s);
  EXPECT_EQ(new_checks.figures().bytes, 0U) << "nothing is due";
}

TEST_F(ScrubberTest, ARememberedLineThatIsNoneIsPassedOver) {
  std::filesystem::create_directory(folder / "views");
  std::ofstream(folder / "views" / "checked") << "x\n0.parquet 12x\n1.parquet\n\n 5\n";
  const Scrubber scrubber(parts(), options(1'000'000s));
  EXPECT_LT(scrubber.oldest_check(), 60s) << "what was never checked counts from the start";
}

}  // namespace
}  // namespace tidemark::ingest
