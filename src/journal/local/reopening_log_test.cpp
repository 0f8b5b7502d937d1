// A log that failed is opened anew in place: what was confirmed is there, what failed is there
// whole or not at all, and it goes on.

#include "journal/local/reopening_log.hpp"

#include <gtest/gtest.h>

#include "journal/local/log_fixture.hpp"

namespace tidemark::journal::local {
namespace {

using base::ErrorCode;
using files::Op;

struct ReopeningLogTest : LogFixture {
  ReopeningLogTest() {
    auto opened = ReopeningLog::open(files, folder, options, 0, keep);
    EXPECT_TRUE(opened) << opened.error().message();
    if (opened) lasting = std::move(*opened);
  }
  base::Status append_text(std::string_view text) {
    return lasting->append(lasting->end(), 1, std::as_bytes(std::span(text)));
  }
  base::Status reopen() {
    seen.clear();
    return lasting->reopen(0, keep);
  }

  const Visitor keep = [this](const Record& record) {
    seen.emplace_back(reinterpret_cast<const char*>(record.content.data()), record.content.size());
    return base::Status(base::ok);
  };
  std::unique_ptr<ReopeningLog> lasting;
};

TEST_F(ReopeningLogTest, AfterAFailedSyncItGoesOnWhereItWas) {
  ASSERT_TRUE(append_text("one"));
  files.fail(Op::Sync);
  ASSERT_FALSE(append_text("two"));
  EXPECT_FALSE(append_text("three")) << "nothing more until it is opened anew";
  ASSERT_TRUE(reopen());
  // What can be read may not be on the disk: whatever was visited must be from now on.
  const auto visited = seen;
  ASSERT_TRUE(visited == Texts({"one"}) || visited == Texts({"one", "two"}));
  EXPECT_EQ(lasting->end(), visited.size());
  ASSERT_TRUE(append_text("four"));
  lasting.reset();
  files.cut_power();
  files.restart();
  ASSERT_TRUE(open());
  Texts expected = visited;
  expected.emplace_back("four");
  EXPECT_EQ(seen, expected);
}

TEST_F(ReopeningLogTest, ADiskThatStillFailsLeavesItClosedAndItIsTriedAgain) {
  ASSERT_TRUE(append_text("one"));
  files.fail_randomly(Op::Sync, 1);
  ASSERT_FALSE(append_text("two"));
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(reopen());
    const auto refused = append_text("three");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::Unavailable);
    EXPECT_FALSE(lasting->release(1));
    EXPECT_EQ(lasting->end(), 1U);
    EXPECT_GT(lasting->stats().disk_bytes, 0U);
  }
  files.fail_randomly(Op::Sync, 0);
  ASSERT_TRUE(reopen());
  ASSERT_TRUE(append_text("four"));
}

TEST_F(ReopeningLogTest, ADiskThatLostWhatWasConfirmedIsNotBelieved) {
  ASSERT_TRUE(append_text("one"));
  ASSERT_TRUE(append_text("two"));
  for (const auto& path : paths()) ASSERT_TRUE(files.remove(path));
  const auto refused = reopen();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::Corrupt) << refused.error().message();
  EXPECT_FALSE(append_text("three"));
}

}  // namespace
}  // namespace tidemark::journal::local
