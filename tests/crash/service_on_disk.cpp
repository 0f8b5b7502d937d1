#include "crash/service_on_disk.hpp"

#include <future>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "contract/answer_text.hpp"
#include "contract/reference.hpp"

namespace tidemark::crash {
namespace {

using contract::Asked;
using contract::KnownEvent;
using testing_support::EmbeddedService;

constexpr std::int32_t kFirstDay = 20'301;  // 2025-08-01

/// Below what the smallest journal takes as one record.
constexpr std::size_t kRepeatedAtOnce = 40;

KnownEvent event_of(std::uint64_t number) {
  constexpr std::int64_t kDay = 86'400'000'000;
  KnownEvent event;
  event.id = "e" + std::to_string(number);
  event.at = (kFirstDay + static_cast<std::int64_t>(number % 9)) * kDay +
             static_cast<std::int64_t>(number);
  event.user = "u" + std::to_string(number % 17);
  event.type = "t" + std::to_string(number % 3);
  return event;
}

std::uint64_t number_of(const std::string& id) { return std::stoull(id.substr(1)); }

}  // namespace

ServiceOnDisk::ServiceOnDisk(std::uint64_t seed)
    : files(folder_.path(), seed), settings(EmbeddedService::small_settings(data_dir())) {
  settings.journal_segment_bytes = 64 * config::kKiB;
}

base::Status ServiceOnDisk::open() {
  close();
  auto opened = EmbeddedService::open(files, settings);
  if (!opened) return opened.error();
  service_ = std::move(*opened);
  return base::ok;
}

void ServiceOnDisk::lose_power() {
  files.cut_power();
  close();
  files.restart();
}

ServiceOnDisk::Numbers ServiceOnDisk::next(std::size_t count) {
  Numbers numbers;
  while (numbers.size() < count) numbers.insert(next_++);
  return numbers;
}

std::string ServiceOnDisk::ndjson(const Numbers& numbers) {
  std::string text;
  for (const auto number : numbers) text += to_ndjson(event_of(number));
  return text;
}

void ServiceOnDisk::heard(const Numbers& numbers, const base::Result<ingest::Receipt>& receipt) {
  if (receipt) {
    EXPECT_EQ(receipt->accepted + receipt->duplicates.value_or(0), numbers.size());
    for (const auto number : numbers) unknown_.erase(number);
    acknowledged_.insert(numbers.begin(), numbers.end());
  } else {
    unknown_.insert(numbers.begin(), numbers.end());
  }
}

base::Result<ingest::Receipt> ServiceOnDisk::post(std::size_t count) {
  const auto numbers = next(count);
  auto receipt = service_->post(ndjson(numbers));
  heard(numbers, receipt);
  return receipt;
}

base::Status ServiceOnDisk::repeat_unknown() {
  while (!unknown_.empty()) {
    Numbers numbers;
    for (const auto number : unknown_) {
      if (numbers.size() < kRepeatedAtOnce) numbers.insert(number);
    }
    auto receipt = service_->post(ndjson(numbers));
    if (!receipt) return receipt.error();
    heard(numbers, receipt);
  }
  return base::ok;
}

bool ServiceOnDisk::post_at_once(std::size_t batches, std::size_t count) {
  struct Sent {
    Numbers numbers;
    std::promise<base::Result<ingest::Receipt>> answer;
  };
  std::vector<std::shared_ptr<Sent>> sent;
  for (std::size_t i = 0; i < batches; ++i) {
    sent.push_back(std::make_shared<Sent>());
    sent.back()->numbers = next(count);
    auto posted = service_->post(
        ndjson(sent.back()->numbers), event::ProjectId::Default,
        [one = sent.back()](auto result) { one->answer.set_value(std::move(result)); });
    // Looking its ids up may fail: then nothing was handed over.
    if (!posted) sent.back()->answer.set_value(posted.error());
  }
  bool all = true;
  for (auto& one : sent) {
    const auto receipt = one->answer.get_future().get();
    heard(one->numbers, receipt);
    all = all && receipt;
  }
  return all;
}

void ServiceOnDisk::expect_all_is_well() {
  auto ids = service_->ids();
  ASSERT_TRUE(ids) << ids.error().message();
  Numbers there;
  for (const auto& id : *ids) {
    EXPECT_TRUE(there.insert(number_of(id)).second) << id << " is there twice";
  }
  for (const auto number : acknowledged_) {
    EXPECT_TRUE(there.contains(number)) << "e" << number << " was acknowledged and is lost";
  }
  for (const auto number : there) {
    EXPECT_TRUE(acknowledged_.contains(number) || unknown_.contains(number))
        << "e" << number << " was never sent";
  }
  acknowledged_ = there;
  std::erase_if(unknown_, [&](std::uint64_t number) { return there.contains(number); });
  expect_answers(*ids);
}

void ServiceOnDisk::expect_answers(const std::vector<std::string>& ids) {
  std::vector<KnownEvent> events;
  for (const auto& id : ids) events.push_back(event_of(number_of(id)));
  const auto day = [](std::int32_t after) { return contract::date_text(kFirstDay + after); };
  const std::map<std::string, std::string> range = {{"from", day(0)}, {"to", day(8)}};
  const std::vector<Asked> questions = {
      {.what = "dau", .fields = range},
      {.what = "top-events", .fields = range},
      {.what = "stickiness", .fields = range},
      {.what = "retention",
       .fields =
           {{"start_date", day(0)}, {"cohort", "first_seen"}, {"windows", "8"}, {"cohorts", "9"}}},
  };
  for (const auto& asked : questions) {
    const auto expected = contract::reference_answer(asked, events, days_);
    for (const std::string_view engine : {"rollup", "columnar"}) {
      auto answered =
          (*service_)->engines().answer(asked.question(), *service_->visible(), {}, engine);
      ASSERT_TRUE(answered) << engine << ": " << answered.error().message();
      EXPECT_TRUE(answered->answer == expected)
          << engine << ": " << asked.text() << "\n"
          << contract::text_of(answered->answer) << "expected:\n"
          << contract::text_of(expected);
    }
  }
}

}  // namespace tidemark::crash
