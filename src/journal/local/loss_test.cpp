// What an opening tells of the end of a log, so that a record that was lost is told from one that
// nobody was told of; and how a log goes on where a loss was accepted.

#include "journal/local/bytes.hpp"
#include "journal/local/log_fixture.hpp"

namespace tidemark::journal::local {
namespace {

using base::ErrorCode;

struct LossTest : LogFixture {
  LossTest() {
    options.judge = [this](const Recovered& recovered) {
      found = recovered;
      return verdict;
    };
    options.on_durable = [this](Sequence end) { durable = end; };
    options.origin = [] {
      return base::Result<Origin>(Origin{.folder = 77, .epoch = 1, .manifest = 5});
    };
  }
  void write_three() {
    ASSERT_TRUE(open());
    append_all({"the first record", "the second record", "the third record"});
    log.reset();
    path = paths().front();
  }
  static constexpr std::uint64_t kSecond = kSegmentHeaderBytes + record_bytes(16);
  static constexpr std::uint64_t kThird = kSecond + record_bytes(17);

  Recovered found;
  base::Status verdict = base::ok;
  Sequence durable = 0;
  Path path;
};

TEST_F(LossTest, IsToldWhereEverythingIsDurableBeforeWhoAppends) {
  ASSERT_TRUE(open());
  append_all({"one"});
  EXPECT_EQ(durable, 1U);
  files.fail(files::Op::Sync);
  ASSERT_FALSE(append("in doubt"));
  EXPECT_EQ(durable, 1U);
}

TEST_F(LossTest, NothingBehindTheLastRecordIsNoSignOfAnother) {
  write_three();
  ASSERT_TRUE(open());
  EXPECT_EQ(found.end, 3U);
  EXPECT_EQ(found.torn.bytes, 0U);
}

TEST_F(LossTest, ALastRecordWithAnyByteChangedIsToldWithItsPlace) {
  write_three();
  const auto pristine = read(path);
  verdict = base::Error{ErrorCode::Corrupt, "only looked at"};
  for (std::uint64_t at = kThird; at < kThird + kRecordHeaderBytes + 16; ++at) {
    SCOPED_TRACE(at);
    flip(path, at);
    ASSERT_FALSE(open());
    EXPECT_EQ(found.end, 2U);
    EXPECT_EQ(found.torn.path, path);
    EXPECT_EQ(found.torn.offset, kThird);
    EXPECT_GE(found.torn.bytes, 16U);
    EXPECT_LE(found.torn.bytes, files::kBlockBytes);
    flip(path, at);
  }
  EXPECT_EQ(read(path), pristine) << "nothing was changed";
}

TEST_F(LossTest, ARefusalLeavesEverythingAsItWas) {
  write_three();
  const auto before = names();
  const auto bytes = read(path);
  verdict = base::Error{ErrorCode::Corrupt, "refused"};
  const auto refused = open();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message(), "refused");
  EXPECT_EQ(names(), before);
  EXPECT_EQ(read(path), bytes);
}

TEST_F(LossTest, ASegmentSaysWhereItWasBegun) {
  write_three();
  ASSERT_TRUE(open());
  EXPECT_EQ(found.origin.folder, 77U);
  EXPECT_EQ(found.origin.epoch, 1U);
  EXPECT_EQ(found.origin.manifest, 5U);
  log.reset();
  path = paths().front();
  for (std::uint64_t at = 56; at < 88; ++at) {
    flip(path, at);
    EXPECT_FALSE(open()) << at;
    flip(path, at);
  }
  // The program of before left zeros.
  overwrite(path, 56, std::string(32, '\0'));
  ASSERT_TRUE(open());
  EXPECT_EQ(found.origin.folder, 0U);
}

TEST_F(LossTest, AFileThatWasCutOrAddedToIsDamage) {
  write_three();
  for (const std::uint64_t bytes : {kThird, options.segment_bytes - 1, options.segment_bytes + 1}) {
    std::filesystem::resize_file(path, bytes);
    const auto opened = open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code(), ErrorCode::Corrupt);
    EXPECT_NE(opened.error().message().find("was cut or added to"), std::string::npos)
        << opened.error().message();
  }
}

TEST_F(LossTest, OfAFileThatWasCutAllUpToTheCutIsKeptWhereThatIsAccepted) {
  options.damage = Damage::ReadUpToIt;
  write_three();
  std::filesystem::resize_file(path, kThird + 30);
  ASSERT_TRUE(open());
  ASSERT_TRUE(found.damage);
  EXPECT_EQ(seen, (Texts{"the first record", "the second record"}));
  append_all({"another third"});
  ASSERT_TRUE(open());
  EXPECT_FALSE(found.damage);
  EXPECT_EQ(seen.size(), 3U);
}

TEST_F(LossTest, AFileThatWasRemovedWhileItWasWrittenTakesNothingMore) {
  ASSERT_TRUE(open());
  append_all({"kept"});
  for (const auto& segment : paths()) std::filesystem::remove(segment);
  const auto refused = append("into nothing");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message().find("was removed while it was being written"),
            std::string::npos);
  EXPECT_EQ(durable, 1U);
}

TEST_F(LossTest, WhereDamageIsAcceptedTheLogGoesOnBeforeItAndKeepsWhatIsBehind) {
  options.damage = Damage::ReadUpToIt;
  write_three();
  flip(path, kSecond + 50);
  ASSERT_TRUE(open());
  ASSERT_TRUE(found.damage);
  EXPECT_NE(found.damage->message().find("offset " + std::to_string(kSecond)), std::string::npos);
  EXPECT_EQ(seen, (Texts{"the first record"}));
  EXPECT_EQ(log->end(), 1U);
  EXPECT_EQ(paths(".lost").size(), 1U);
  append_all({"another second"});

  options.damage = Damage::Refuse;
  ASSERT_TRUE(open());
  EXPECT_EQ(seen, (Texts{"the first record", "another second"}));
}

TEST_F(LossTest, WhereASegmentIsDamagedOrMissingWhatIsBehindItIsPutAside) {
  options.damage = Damage::ReadUpToIt;
  for (const bool missing : {false, true}) {
    log.reset();
    for (const auto& name : names()) std::filesystem::remove(folder / name);
    ASSERT_TRUE(open());
    append_all(Texts(60, std::string(1'000, 'x')));
    log.reset();
    const auto segments = paths();
    ASSERT_GT(segments.size(), 3U);
    if (missing) {
      std::filesystem::remove(segments[1]);
    } else {
      flip(segments[1], 20);
    }
    ASSERT_TRUE(open());
    ASSERT_TRUE(found.damage);
    const auto end = seen.size();
    EXPECT_GT(end, 5U);
    EXPECT_LT(end, 20U);
    EXPECT_EQ(paths(".lost").size(), segments.size() - (missing ? 1 : 0))
        << "what is good of the first one was written anew";
    append_all({"goes on"});
    ASSERT_TRUE(open());
    EXPECT_FALSE(found.damage);
    EXPECT_EQ(seen.size(), end + 1);
  }
}

TEST_F(LossTest, ThePowerMayGoAtAnyMomentOfAnAcceptedLoss) {
  options.damage = Damage::ReadUpToIt;
  for (std::uint64_t step = 1; step < 40 && !HasFailure(); ++step) {
    SCOPED_TRACE(step);
    log.reset();
    for (const auto& name : names()) ASSERT_TRUE(files.remove(folder / name));
    ASSERT_TRUE(open());
    append_all(Texts(30, std::string(1'000, 'x')));
    log.reset();
    flip(paths()[1], kSegmentHeaderBytes + 3 * record_bytes(1'000) + 60);
    ASSERT_TRUE((*files.open(paths()[1], files::Open::Write))->sync());
    files.cut_power_after(step);
    const bool opened = static_cast<bool>(open());
    const bool was_cut = files.power_is_off();
    log.reset();
    if (was_cut) files.restart();
    files.cut_power_after(0);
    const auto again = open();
    ASSERT_TRUE(again) << again.error().message();
    EXPECT_GE(seen.size(), 10U);
    EXPECT_LT(seen.size(), 25U);
    append_all({"goes on"});
    const auto end = log->end();
    ASSERT_TRUE(open());
    EXPECT_EQ(log->end(), end);
    if (opened && !was_cut) break;
  }
}

}  // namespace
}  // namespace tidemark::journal::local
