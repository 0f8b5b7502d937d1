// What a receipt tells of a batch that was committed, and of one that a queue has taken.

#include "api/intake/receipts.hpp"

#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidemark::api {
namespace {

using testing::HasSubstr;

struct ReceiptTest : testing::Test {
  /// Three events, of which the second was rejected.
  static wire::Decoded decoded() {
    wire::Decoded decoded;
    decoded.events_count = 3;
    decoded.batch.rows.resize(2);
    decoded.batch.rows[0].id = "a";
    decoded.batch.rows[1].id = "c";
    decoded.index = {0, 2};
    decoded.rejected.push_back({.index = 1, .raw = "{}", .first_fault = 0, .fault_count = 1});
    decoded.faults.push_back({.index = 1, .event_id = "b", .field = "user_id", .message = "no"});
    return decoded;
  }
  static std::string body(const ingest::Receipt& receipt, const std::vector<bool>& conflicts) {
    const auto sent = decoded();
    const auto results = results_of(sent, receipt, conflicts);
    const auto response = receipt_response(
        {.decoded = sent, .receipt = receipt, .results = results, .with_results = true});
    EXPECT_EQ(response.status, 202);
    return response.body;
  }
};

TEST_F(ReceiptTest, OfACommittedBatchTellsWhatBecameOfEachEvent) {
  ingest::Receipt receipt{.accepted = 1, .duplicates = 1, .position = event::Sequence{1}};
  receipt.outcomes = {{.accepted = true, .sequence = 0}, {.accepted = false, .sequence = 0}};
  EXPECT_THAT(body(receipt, {false, false}),
              HasSubstr(R"("accepted":1,"duplicates":1,"rejected":1,"position":"AAAAAAAAAAE")"));
  EXPECT_THAT(body(receipt, {false, true}),
              HasSubstr(R"("results":[{"index":0,"event_id":"a","status":"accepted"},)"
                        R"({"index":1,"event_id":"b","status":"rejected"},)"
                        R"({"index":2,"event_id":"c","status":"conflict"}])"));
}

TEST_F(ReceiptTest, OfAQueueLeavesOpenWhatIsDecidedLater) {
  const ingest::Receipt receipt{.accepted = 2,
                                .duplicates = std::nullopt,
                                .position = event::EntryId{.shard = 1, .millis = 2, .number = 3}};
  const auto told = body(receipt, {});
  EXPECT_THAT(told, HasSubstr(R"("accepted":2,"duplicates":null,"rejected":1,)"
                              R"("position":"AAEAAAAAAAAAAgAAAAAAAAAD")"));
  EXPECT_THAT(told, HasSubstr(R"("results":[{"index":0,"event_id":"a","status":"queued"},)"
                              R"({"index":1,"event_id":"b","status":"rejected"},)"
                              R"({"index":2,"event_id":"c","status":"queued"}])"));
}

TEST_F(ReceiptTest, OfADryRunHasNoPosition) {
  const auto sent = decoded();
  const ingest::Receipt receipt{.accepted = 2, .position = event::Sequence{9}};
  const auto response =
      receipt_response({.decoded = sent, .receipt = receipt, .results = {}, .dry_run = true});
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.body, HasSubstr(R"("duplicates":0,"rejected":1,"position":null)"));
}

TEST_F(ReceiptTest, TheQuarantineGetsRejectedEventsForTheProjectOfTheBatch) {
  auto sent = decoded();
  sent.batch.project = event::ProjectId{7};
  const auto kept = quarantined(sent, 9);
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0].project, event::ProjectId{7});
  EXPECT_EQ(kept[0].rejected_at, 9);
  EXPECT_EQ(kept[0].raw, "{}");
  EXPECT_EQ(kept[0].source, "http");
  ASSERT_EQ(kept[0].faults.size(), 1U);
  EXPECT_EQ(kept[0].faults[0].field, "user_id");
}

TEST_F(ReceiptTest, OfBadEventsAloneSaysWhetherTheyAreKept) {
  wire::Decoded sent;
  sent.events_count = 1;
  sent.rejected.push_back({.index = 0, .raw = "{}", .first_fault = 0, .fault_count = 1});
  sent.faults.push_back({.index = 0, .event_id = "x", .field = "user_id", .message = "no"});
  const ingest::Receipt receipt;
  for (const bool kept : {true, false}) {
    const auto response =
        receipt_response({.decoded = sent, .receipt = receipt, .results = {}, .quarantined = kept});
    ASSERT_NE(response.problem, nullptr);
    EXPECT_EQ(response.problem->status, 422);
    const auto& detail = response.problem->detail;
    EXPECT_EQ(detail.find("the quarantine keeps the events") != std::string::npos, kept) << detail;
  }
}

}  // namespace
}  // namespace tidemark::api
