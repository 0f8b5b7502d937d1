// A tail that was handed out never changes, keeps its bytes alive, and costs no copy.

#include "ledger/tail.hpp"

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace tidemark::ledger {
namespace {

using event::ProjectId;

/// What it costs that rows of another project follow.
constexpr std::size_t kTurnBytes = 8;

/// Rows [first, first + count) whose user is their sequence, and the bytes they point into.
struct Group {
  std::vector<StoredRow> rows;
  std::shared_ptr<std::vector<std::string>> owner = std::make_shared<std::vector<std::string>>();

  Group(Sequence first, std::size_t count) {
    owner->reserve(count);
    for (Sequence sequence = first; sequence < first + count; ++sequence) {
      owner->push_back("user-with-a-name-on-the-heap-" + std::to_string(sequence));
      StoredRow row;
      row.user_id = owner->back();
      row.sequence = sequence;
      rows.push_back(row);
    }
  }
};

void append(TailWriter& writer, std::size_t count, ProjectId project = ProjectId::Default) {
  Group group(writer.end(), count);
  writer.append({project, group.rows}, group.owner, 10);
}

/// Checks that the tail holds each sequence of [from, end) once and in order.
void expect_whole(const Tail& tail, Sequence from) {
  Sequence expected = from;
  tail.for_each_piece(from, tail.end, [&](const event::ProjectRows& piece) {
    ASSERT_FALSE(piece.rows.empty());
    for (const auto& row : piece.rows) {
      ASSERT_EQ(row.sequence, expected);
      ASSERT_EQ(row.user_id, "user-with-a-name-on-the-heap-" + std::to_string(expected));
      ++expected;
    }
  });
  EXPECT_EQ(expected, std::max(from, tail.end));
}

TEST(TailTest, AnEmptyTailHasBlocksToWalk) {
  const TailWriter writer(7);
  const Tail tail = writer.snapshot();
  ASSERT_NE(tail.blocks, nullptr);
  EXPECT_EQ(tail.begin, 7U);
  EXPECT_EQ(tail.end, 7U);
  expect_whole(tail, 7);
}

TEST(TailTest, ASnapshotDoesNotSeeWhatComesLater) {
  TailWriter writer(0);
  append(writer, 3);
  const Tail before = writer.snapshot();
  append(writer, 2);
  EXPECT_EQ(before.end, 3U);
  expect_whole(before, 0);
  expect_whole(writer.snapshot(), 0);
  EXPECT_EQ(before.blocks, writer.snapshot().blocks) << "no copy while the block has room";
}

TEST(TailTest, AGroupMayFillSeveralBlocks) {
  TailWriter writer(5);
  append(writer, TailBlock::kRowsMax - 1);
  append(writer, TailBlock::kRowsMax + 3);
  const Tail tail = writer.snapshot();
  EXPECT_EQ(tail.blocks->size(), 3U);
  expect_whole(tail, 5);
  expect_whole(tail, 5 + TailBlock::kRowsMax - 1);
  expect_whole(tail, 5 + TailBlock::kRowsMax);
  expect_whole(tail, tail.end);
}

/// The project and the number of rows of each piece of [from, to).
std::vector<std::pair<std::uint32_t, std::size_t>> pieces_of(const Tail& tail, Sequence from,
                                                             Sequence to) {
  std::vector<std::pair<std::uint32_t, std::size_t>> pieces;
  tail.for_each_piece(from, to, [&](const event::ProjectRows& piece) {
    pieces.emplace_back(static_cast<std::uint32_t>(piece.project), piece.rows.size());
  });
  return pieces;
}

TEST(TailTest, EachProjectsRowsAreAPieceOfTheirOwn) {
  using Pieces = std::vector<std::pair<std::uint32_t, std::size_t>>;
  TailWriter writer(0);
  append(writer, 3);
  const Tail before = writer.snapshot();
  append(writer, 1, ProjectId{1});
  append(writer, 1, ProjectId{1});
  append(writer, 2);
  const Tail tail = writer.snapshot();
  EXPECT_EQ(tail.blocks->size(), 1U);
  EXPECT_EQ(pieces_of(before, 0, 100), (Pieces{{0, 3}}));
  EXPECT_EQ(pieces_of(tail, 0, 100), (Pieces{{0, 3}, {1, 2}, {0, 2}}));
  EXPECT_EQ(pieces_of(tail, 2, 6), (Pieces{{0, 1}, {1, 2}, {0, 1}}));
  EXPECT_EQ(pieces_of(tail, 3, 5), (Pieces{{1, 2}}));
  EXPECT_EQ(pieces_of(tail, 4, 4), Pieces{});
  expect_whole(tail, 0);
}

TEST(TailTest, AThousandProjectsInTurnsTakeLittleMoreThanOne) {
  TailWriter one(0);
  TailWriter many(0);
  for (std::uint32_t i = 0; i < 70'000; ++i) {
    append(one, 1);
    append(many, 1, ProjectId{i % 1'000});
  }
  EXPECT_EQ(many.snapshot().blocks->size(), one.snapshot().blocks->size());
  EXPECT_LT(many.memory_bytes(), one.memory_bytes() * 11 / 10);
  expect_whole(many.snapshot(), 0);
}

TEST(TailTest, AnOwnerOfSeveralPiecesCountsOnce) {
  TailWriter writer(0);
  const Group group(0, 5);
  const std::span<const StoredRow> rows(group.rows);
  writer.append({ProjectId::Default, rows.first(2)}, group.owner, 1'000);
  writer.append({ProjectId::Default, rows.subspan(2, 2)}, group.owner, 1'000);
  writer.append({ProjectId{1}, rows.subspan(4)}, group.owner, 1'000);
  EXPECT_EQ(writer.memory_bytes(), 1'000 + 5 * sizeof(StoredRow) + 2 * kTurnBytes);
  expect_whole(writer.snapshot(), 0);
}

TEST(TailTest, WholeBlocksAreForgottenAndAnOldSnapshotKeepsThem) {
  TailWriter writer(0);
  append(writer, TailBlock::kRowsMax);
  append(writer, 10);
  const Tail old = writer.snapshot();
  writer.drop_below(TailBlock::kRowsMax + 4);
  EXPECT_EQ(writer.snapshot().blocks->size(), 1U);
  EXPECT_EQ(writer.snapshot().begin, TailBlock::kRowsMax + 4);
  EXPECT_EQ(writer.memory_bytes(), 10 * sizeof(StoredRow) + 10 + kTurnBytes);
  expect_whole(old, 0);
  expect_whole(writer.snapshot(), TailBlock::kRowsMax + 4);
}

TEST(TailTest, AllMayBeForgottenAndMoreAdded) {
  TailWriter writer(0);
  append(writer, 4);
  writer.drop_below(4);
  EXPECT_EQ(writer.memory_bytes(), 0U);
  EXPECT_TRUE(writer.snapshot().blocks->empty());
  append(writer, 2);
  expect_whole(writer.snapshot(), 4);
}

TEST(TailTest, TheBytesLiveAsLongAsABlockThatNamesThem) {
  TailWriter writer(0);
  std::weak_ptr<const void> watched;
  {
    Group group(0, 3);
    watched = group.owner;
    writer.append({ProjectId::Default, group.rows}, group.owner, 1);
  }
  Tail tail = writer.snapshot();
  writer.drop_below(3);
  EXPECT_FALSE(watched.expired());
  tail = writer.snapshot();
  EXPECT_TRUE(watched.expired());
}

TEST(TailTest, ReadersAreNotDisturbedByTheWriter) {
  std::mutex mutex;
  Tail published = TailWriter(0).snapshot();
  std::atomic<bool> done = false;
  std::thread reader([&] {
    while (!done) {
      Tail tail;
      {
        const std::lock_guard lock(mutex);
        tail = published;
      }
      expect_whole(tail, tail.begin);
    }
  });
  TailWriter writer(0);
  for (int group = 0; group < 60; ++group) {
    append(writer, 4'000, ProjectId{static_cast<std::uint32_t>(group / 7)});
    if (group % 20 == 19) writer.drop_below(writer.end() - 70'000);
    const std::lock_guard lock(mutex);
    published = writer.snapshot();
  }
  done = true;
  reader.join();
}

}  // namespace
}  // namespace tidemark::ledger
