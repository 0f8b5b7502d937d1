// Every acknowledged record is there, in order and once, whatever the disk does: power cuts in the
// middle of any operation, torn and reordered writes, failed writes and syncs, a full disk. A
// random walk over a disk that forgets; the seed is in the message of what fails.

#include <filesystem>
#include <optional>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "files/faulty_files.hpp"
#include "journal/local/log.hpp"

namespace tidemark::journal::local {
namespace {

using base::ErrorCode;
using files::FaultyFiles;
using files::Op;

constexpr std::uint64_t kWalks = 250;
constexpr int kCutsPerWalk = 4;

struct Expected {
  Sequence first = 0;
  std::uint32_t count = 0;
  std::string content;

  [[nodiscard]] Sequence end() const { return first + count; }
};

/// One life of a log on one disk.
class Walk {
 public:
  Walk(const std::filesystem::path& root, std::uint64_t seed)
      : files_(root, seed), folder_(root / "journal"), random_(seed * 7919 + 1) {}

  void live_until_a_cut() {
    files_.cut_power_after(1 + random_() % 120);
    break_something();
    while (!files_.power_is_off() && !testing::Test::HasFatalFailure()) live_until_it_closes();
    log_.reset();
    files_.restart();
  }

  /// Without faults: what is there is what was acknowledged, and more may follow.
  void check_at_last() {
    repair();
    open();
    ASSERT_TRUE(log_);
    for (int i = 0; i < 3; ++i) append();
    EXPECT_FALSE(uncertain_);
    log_.reset();
    open();
    ASSERT_TRUE(log_);
    log_.reset();
  }

 private:
  std::uint64_t below(std::uint64_t end) { return random_() % end; }

  void break_something() {
    repair();
    const auto what = below(6);
    if (what == 0) files_.fail_randomly(Op::Write, 0.03);
    if (what == 1) files_.fail_randomly(Op::Sync, 0.05);
    if (what == 2) files_.fail_randomly(Op::Rename, 0.2);
    if (what == 3) files_.fail_randomly(Op::SyncFolder, 0.2);
    if (what == 4) files_.set_room(below(100'000));
  }

  void repair() {
    for (const Op op : {Op::Write, Op::Sync, Op::Rename, Op::SyncFolder}) {
      files_.fail_randomly(op, 0);
    }
    files_.set_room({});
  }

  void live_until_it_closes() {
    open();
    if (!log_) {
      if (!files_.power_is_off()) break_something();
      return;
    }
    for (auto steps = below(60); steps > 0 && log_ && !files_.power_is_off(); --steps) {
      if (below(12) == 0) {
        archived_ = archived_ + below(log_->end() - archived_ + 1);
        std::ignore = log_->release(archived_);
      }
      append();
      if (testing::Test::HasFatalFailure()) return;
    }
    if (below(2) == 0) break_something();
  }

  void open() {
    log_.reset();
    std::vector<Expected> seen;
    Sequence expected_first = archived_;
    auto log = Log::open(
        files_, folder_,
        {.segment_bytes = Log::kSegmentBytesMin, .spares_max = 2, .prepare_ahead = false},
        archived_, [&](const Record& record) {
          if (seen.empty()) {
            EXPECT_LE(record.first, archived_);
          } else {
            EXPECT_EQ(record.first, expected_first);
          }
          EXPECT_GT(record.end(), archived_);
          expected_first = record.end();
          seen.push_back(
              {record.first,
               record.count,
               {reinterpret_cast<const char*>(record.content.data()), record.content.size()}});
          return base::Status(base::ok);
        });
    if (!log) {
      ASSERT_NE(log.error().code(), ErrorCode::Corrupt) << log.error().message();
      return;
    }
    compare(seen);
    log_ = std::move(*log);
    ASSERT_EQ(log_->end(),
              acknowledged_.empty() ? archived_ : std::max(archived_, acknowledged_.back().end()));
  }

  void compare(const std::vector<Expected>& seen) {
    std::erase_if(acknowledged_, [&](const Expected& one) { return one.end() <= archived_; });
    if (uncertain_ && seen.size() == acknowledged_.size() + 1) {
      acknowledged_.push_back(*uncertain_);  // it did reach the disk: from now on it must stay
    }
    uncertain_.reset();
    ASSERT_EQ(seen.size(), acknowledged_.size());
    for (std::size_t i = 0; i < seen.size(); ++i) {
      ASSERT_EQ(seen[i].first, acknowledged_[i].first);
      ASSERT_EQ(seen[i].count, acknowledged_[i].count);
      ASSERT_EQ(seen[i].content, acknowledged_[i].content);
    }
  }

  void append() {
    Expected record;
    record.first = log_->end();
    record.count = static_cast<std::uint32_t>(1 + below(5));
    record.content = std::string(below(10) == 0 ? below(12'000) : below(900),
                                 static_cast<char>('a' + below(26)));
    auto appended =
        log_->append(record.first, record.count, std::as_bytes(std::span(record.content)));
    if (appended) {
      acknowledged_.push_back(std::move(record));
      return;
    }
    if (appended.error().code() == ErrorCode::Overloaded) return;  // as if it never was
    ASSERT_EQ(appended.error().code(), ErrorCode::Unavailable) << appended.error().message();
    // Nothing more until it is opened anew.
    ASSERT_FALSE(log_->append(record.first, 1, std::span<const std::byte>()));
    uncertain_ = std::move(record);
    log_.reset();
  }

  FaultyFiles files_;
  const std::filesystem::path folder_;
  files::Random random_;
  std::unique_ptr<Log> log_;
  std::vector<Expected> acknowledged_;
  std::optional<Expected> uncertain_;
  Sequence archived_ = 0;
};

TEST(PowerCutTest, WhatWasAcknowledgedIsThereInOrderAndOnce) {
  std::string name = (std::filesystem::temp_directory_path() / "power_cut_XXXXXX").string();
  const std::filesystem::path root = ::mkdtemp(name.data());
  for (std::uint64_t seed = 0; seed < kWalks; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::filesystem::remove_all(root);
    std::filesystem::create_directories(root);
    Walk walk(root, seed);
    for (int cut = 0; cut < kCutsPerWalk && !HasFatalFailure(); ++cut) walk.live_until_a_cut();
    if (!HasFatalFailure()) walk.check_at_last();
    if (HasFailure()) break;
  }
  std::filesystem::remove_all(root);
}

}  // namespace
}  // namespace tidemark::journal::local
