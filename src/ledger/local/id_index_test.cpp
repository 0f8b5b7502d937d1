// What the id index promises: it agrees with a map of every id that was ever taken, whatever is
// being archived, merged, published or thrown away meanwhile, and within its bounds of memory.

#include "ledger/local/id_index.hpp"

#include <algorithm>
#include <atomic>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "ledger/local/ids_for_test.hpp"

namespace tidemark::ledger::local {
namespace {

struct IdIndexTest : testing::Test {
  FolderForTest folder;
  files::Files& files = files::posix_files();
  std::vector<archive::RunFile> manifest;
  std::unique_ptr<IdIndex> index = open(0);

  std::unique_ptr<IdIndex> open(Sequence end) {
    auto opened = IdIndex::open(files, folder.path(), manifest, end);
    EXPECT_TRUE(opened) << opened.error().message();
    for (const auto& broken : opened->broken) ADD_FAILURE() << broken.why.message();
    return std::move(opened->index);
  }

  void seal(std::span<const IdHash> ids) {
    auto prepared = index->prepare(ids);
    ASSERT_TRUE(prepared) << prepared.error().message();
    auto taken = take_over(files, folder.path(), *prepared);
    ASSERT_TRUE(taken) << taken.error().message();
    manifest = prepared->runs;
    index->publish(std::move(*prepared));
  }

  Sequence probe(const IdHash& id) {
    Sequence found = 0;
    auto probed = index->sealed()->probe(std::span(&id, 1), std::span(&found, 1));
    EXPECT_TRUE(probed) << probed.error().message();
    return found;
  }

  [[nodiscard]] std::vector<std::string> named() const {
    std::vector<std::string> names;
    for (const auto& run : manifest) names.push_back(run.file);
    std::sort(names.begin(), names.end());
    return names;
  }
};

TEST_F(IdIndexTest, EverySealedIdIsFoundAtItsSequenceAndNoOther) {
  constexpr Sequence kIds = 100'000;
  const auto ids = ids_for_test(0, 2 * kIds);
  seal(std::span(ids).first(kIds));
  std::vector<Sequence> found(ids.size());
  ASSERT_TRUE(index->sealed()->probe(ids, found));
  for (Sequence i = 0; i < ids.size(); ++i) ASSERT_EQ(found[i], i < kIds ? i : kNoSequence) << i;
}

TEST_F(IdIndexTest, NothingIsKnownToAnEmptyIndex) {
  EXPECT_EQ(probe(id_for_test(1)), kNoSequence);
  EXPECT_EQ(index->sealed()->end(), 0U);
}

TEST_F(IdIndexTest, IdsThatShareTheirHigherHalfAreToldApartAcrossPages) {
  std::vector<IdHash> ids;
  for (std::uint64_t i = 0; i < 500; ++i) ids.push_back({.high = 77, .low = mixed(i)});
  seal(ids);
  for (std::uint64_t i = 0; i < 500; ++i) ASSERT_EQ(probe(ids[i]), i);
  EXPECT_EQ(probe({.high = 77, .low = mixed(500)}), kNoSequence);
}

TEST_F(IdIndexTest, AnIdThatComesTwiceIsRefusedAndLeavesNothingBehind) {
  auto ids = ids_for_test(0, 1'000);
  ids.push_back(ids[500]);
  auto prepared = index->prepare(ids);
  ASSERT_FALSE(prepared);
  EXPECT_EQ(prepared.error().code(), base::ErrorCode::Corrupt);
  EXPECT_NE(prepared.error().message().find("twice"), std::string::npos);
  EXPECT_TRUE(files.list(folder.path())->empty());
}

TEST_F(IdIndexTest, RunsStayFewAndTheirFilesGoWhenNobodyReadsThem) {
  std::vector<IdHash> ids = ids_for_test(0, 40'000);
  const auto first = index->sealed();
  std::shared_ptr<const SealedIds> in_use;
  for (Sequence at = 0; at < ids.size(); at += 1'000) {
    seal(std::span(ids).subspan(at, 1'000));
    for (const auto& runs : index->sealed()->runs()) ASSERT_LE(runs.size(), kRunsMax);
    if (at == 7'000) in_use = index->sealed();
  }
  std::vector<Sequence> found(ids.size());
  ASSERT_TRUE(in_use->probe(ids, found));  // its files are there still
  for (Sequence i = 0; i < ids.size(); ++i) ASSERT_EQ(found[i], i < 8'000 ? i : kNoSequence);
  EXPECT_GT(index->sweep(), 0U);
  EXPECT_GT(files.list(folder.path())->size(), manifest.size());

  in_use.reset();
  EXPECT_EQ(index->sweep(), 0U);
  EXPECT_EQ(*files.list(folder.path()), named());
}

TEST_F(IdIndexTest, FreshIdsStayUntilNobodyHoldsTheOlderSealedOnes) {
  const auto ids = ids_for_test(0, 70'000);
  for (Sequence i = 0; i < ids.size(); ++i) ASSERT_EQ(index->reserve(ids[i], i), kNoSequence);
  auto held_by_a_batch = index->sealed();
  seal(ids);
  index->begin_group();
  EXPECT_EQ(index->fresh().begin(), 0U);
  EXPECT_EQ(index->reserve(ids[3], 70'000), 3U);

  held_by_a_batch.reset();
  index->begin_group();
  EXPECT_EQ(index->fresh().begin(), 70'000U);
  EXPECT_EQ(probe(ids[3]), 3U);
}

TEST_F(IdIndexTest, TakesAtMostThreeBytesAnId) {
  constexpr Sequence kIds = 1'200'000;
  const auto ids = ids_for_test(0, kIds);
  for (Sequence at = 0; at < kIds; at += kIds / 6) seal(std::span(ids).subspan(at, kIds / 6));
  EXPECT_EQ(index->sealed()->ids(), kIds);
  EXPECT_LE(index->sealed()->memory_bytes(), 3 * kIds);
}

TEST_F(IdIndexTest, ProbesAgreeWhileRunsAreMergedAndPublished) {
  constexpr Sequence kIds = 60'000;
  const auto ids = ids_for_test(0, kIds);
  std::atomic<bool> stop = false;
  const auto keep_probing = [&] {
    std::vector<Sequence> found(kIds);
    while (!stop) {
      const auto sealed = index->sealed();
      ASSERT_TRUE(sealed->probe(ids, found));
      for (Sequence i = 0; i < kIds; ++i) {
        ASSERT_EQ(found[i], i < sealed->end() ? i : kNoSequence);
      }
    }
  };
  std::thread one(keep_probing);
  std::thread other(keep_probing);
  for (Sequence at = 0; at < kIds; at += kIds / 15) seal(std::span(ids).subspan(at, kIds / 15));
  stop = true;
  one.join();
  other.join();
}

/// The commit loop, the network threads and the archiver, one step at a time in any order, against
/// a map. Restarts come too: then what is not sealed is reserved anew, as from the journal.
struct Model : IdIndexTest {
  struct Batch {
    std::vector<std::uint64_t> numbers;
    std::vector<Sequence> known;
    std::shared_ptr<const SealedIds> sealed;
  };

  std::mt19937_64 random{std::random_device{}()};
  std::map<std::uint64_t, Sequence> model;
  std::vector<std::uint64_t> numbers;  // by sequence
  std::deque<Batch> queue;

  void send() {
    Batch batch;
    std::vector<IdHash> hashes;
    for (auto left = random() % 300; left > 0; --left) {
      batch.numbers.push_back(random() % 60'000);
      hashes.push_back(id_for_test(batch.numbers.back()));
    }
    batch.known.resize(hashes.size());
    batch.sealed = index->sealed();
    ASSERT_TRUE(batch.sealed->probe(hashes, batch.known));
    queue.push_back(std::move(batch));
  }

  void commit() {
    index->begin_group();
    const Sequence group = numbers.size();
    for (auto left = random() % 4; left > 0 && !queue.empty(); --left) {
      const Batch batch = std::move(queue.front());
      queue.pop_front();
      for (std::size_t i = 0; i < batch.numbers.size(); ++i) {
        const auto there = model.find(batch.numbers[i]);
        const Sequence expected = there == model.end() ? kNoSequence : there->second;
        const Sequence found = batch.known[i] != kNoSequence
                                   ? batch.known[i]
                                   : index->reserve(id_for_test(batch.numbers[i]), numbers.size());
        ASSERT_EQ(found, expected);
        if (expected != kNoSequence) continue;
        model.emplace(batch.numbers[i], numbers.size());
        numbers.push_back(batch.numbers[i]);
      }
    }
    if (random() % 6 != 0) return;
    index->forget_from(group);  // the write failed
    for (; numbers.size() > group; numbers.pop_back()) model.erase(numbers.back());
  }

  void archive() {
    const Sequence begin = index->sealed()->end();
    // Often all of it: then all fresh ids may go, and those that a batch still needs must not.
    const Sequence end =
        random() % 2 == 0 ? numbers.size() : begin + random() % (numbers.size() - begin + 1);
    std::vector<IdHash> hashes;
    for (Sequence i = begin; i < end; ++i) hashes.push_back(id_for_test(numbers[i]));
    if (random() % 4 == 0) {  // the archiver fails before the manifest
      auto prepared = index->prepare(hashes);
      ASSERT_TRUE(prepared);
      if (random() % 2 == 0) {
        ASSERT_TRUE(take_over(files, folder.path(), *prepared));
      }
      return;
    }
    seal(hashes);
  }

  void restart() {
    queue.clear();
    const Sequence end = index->sealed()->end();
    index.reset();
    index = open(end);
    for (Sequence i = end; i < numbers.size(); ++i) {
      ASSERT_EQ(index->reserve(id_for_test(numbers[i]), i), kNoSequence);
    }
  }
};

TEST_F(Model, AgreesWithAMapWhateverInterleaves) {
  const auto seed = random();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  random.seed(seed);
  for (int step = 0; step < 1'500 && !HasFatalFailure(); ++step) {
    const auto dice = random() % 100;
    if (dice < 45) {
      send();
    } else if (dice < 85) {
      commit();
    } else if (dice < 98) {
      archive();
    } else {
      restart();
    }
  }
  restart();
  EXPECT_GT(model.size(), 30'000U);
  for (const auto& [number, sequence] : model) {
    const Sequence sealed = probe(id_for_test(number));
    const Sequence fresh = index->find_fresh(id_for_test(number));
    ASSERT_EQ(std::min(sealed, fresh), sequence);
    ASSERT_TRUE(sealed == kNoSequence || fresh == kNoSequence);
  }
  for (const auto& broken : IdIndex::verify(files, folder.path(), manifest)) {
    ADD_FAILURE() << broken.why.message();
  }
}

}  // namespace
}  // namespace tidemark::ledger::local
