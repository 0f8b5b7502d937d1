#include "ingest/follower.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <future>
#include <utility>

#include "base/clock.hpp"
#include "base/this_thread.hpp"
#include "telemetry/log.hpp"

namespace tidemark::ingest {
namespace {

using base::Error;
using base::ErrorCode;

/// Pauses between tries double from the first to the second of these.
constexpr std::chrono::milliseconds kRetryPauseMin{50};
constexpr std::chrono::milliseconds kRetryPauseMax{2'000};
/// The pause while the store takes nothing more, because the archive has to catch up.
constexpr std::chrono::milliseconds kStoreBusyPause{20};
/// A store that has to catch up for a moment is not a trouble.
constexpr std::chrono::milliseconds kStoreBusyTold{1'000};

/// Rows of one instant of arrival, with bytes of their own.
event::Batch batch_of(const event::ProjectRows& piece, const event::IdHasher& hasher) {
  assert(!piece.rows.empty());
  const auto& [project, rows] = piece;
  std::size_t bytes = 0;
  for (const auto& row : rows) {
    bytes += row.id.size() + row.user_id.size() + row.event_type.size() + row.properties.size();
  }
  const auto owner = std::make_shared<std::vector<char>>(bytes);
  char* at = owner->data();
  const auto keep = [&at](std::string_view text) {
    std::memcpy(at, text.data(), text.size());
    return std::string_view(std::exchange(at, at + text.size()), text.size());
  };
  event::Batch batch{
      .project = project, .received_at = rows.front().received_at, .rows = {}, .owners = {}};
  batch.rows.reserve(rows.size());
  for (const auto& row : rows) {
    batch.rows.push_back({.id = keep(row.id),
                          .user_id = keep(row.user_id),
                          .event_type = keep(row.event_type),
                          .properties = keep(row.properties),
                          .occurred_at = row.occurred_at,
                          .id_hash = hasher.hash(project, row.id)});
  }
  assert(at == owner->data() + owner->size());
  batch.owners.push_back(owner);
  return batch;
}

}  // namespace

Follower::Follower(Parts parts, Options options) : parts_(parts), options_(std::move(options)) {
  next_ = parts_.loop.figures().tail_end;
  thread_ = std::thread([this] { run(); });
}

Follower::~Follower() { stop(); }

void Follower::look() {
  {
    const std::lock_guard lock(mutex_);
    look_now_ = true;
  }
  wake_.notify_one();
}

Follower::Figures Follower::figures() const {
  const std::lock_guard lock(mutex_);
  return figures_;
}

base::Status Follower::healthy() const {
  const std::lock_guard lock(mutex_);
  return health_;
}

std::optional<std::string> Follower::void_because() const {
  const std::lock_guard lock(mutex_);
  return void_because_;
}

void Follower::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

bool Follower::stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

void Follower::pause(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, time, [&] { return stopping_ || look_now_; });
  look_now_ = false;
}

void Follower::run() {
  base::name_this_thread("follower");
  while (!stopping()) {
    const auto more = follow();
    if (!more &&
        (more.error().code() == ErrorCode::Corrupt || more.error().code() == ErrorCode::Conflict)) {
      give_up(more.error());
      return;
    }
    note(more ? base::Status(base::ok) : base::Status(more.error()));
    if (!more) {
      retry_pause_ = std::clamp(retry_pause_ * 2, kRetryPauseMin, kRetryPauseMax);
      pause(retry_pause_);
      continue;
    }
    retry_pause_ = {};
    assert(position_);
    if (options_.after_look) options_.after_look(*position_);
    if (!*more) pause(options_.look_every);
  }
}

base::Result<bool> Follower::follow() {
  if (!position_) {
    const auto begin = parts_.feed.position_before(next_);
    if (!begin) return begin.error();
    position_ = *begin;
  }
  const auto page = parts_.feed.page(*position_, options_.page);
  if (!page) return page.error();
  if (page->head.epoch != options_.epoch) {
    return Error{ErrorCode::Conflict, "the ledger has another history now: " + page->head.epoch +
                                          " instead of " + options_.epoch};
  }
  if (!first_head_) first_head_ = page->head.position;
  assert(page->batches.empty() || page->batches.front().position > *position_);
  const auto taken = parts_.feed.read(
      page->batches, [this](const event::ProjectRows& piece) { return take(piece); });
  if (!taken) return taken.error();
  if (!page->batches.empty()) position_ = page->batches.back().position;
  if (*position_ >= *first_head_) caught_up_ = true;

  const std::lock_guard lock(mutex_);
  figures_.position = *position_;
  figures_.head_position = page->head.position;
  figures_.events_behind = page->head.events - std::min(page->head.events, next_);
  if (!page->batches.empty()) {
    const auto late = base::SystemClock().now() - page->batches.back().committed_at;
    figures_.seconds_behind = static_cast<double>(late) / base::kMicrosPerSecond;
  }
  return *position_ < page->head.position;
}

base::Status Follower::take(event::ProjectRows piece) {
  auto& rows = piece.rows;
  // The store may hold the beginning of the first batch.
  while (!rows.empty() && rows.front().sequence < next_) rows = rows.subspan(1);
  while (!rows.empty()) {
    std::size_t count = 1;
    while (count < rows.size() && rows[count].received_at == rows.front().received_at) ++count;
    if (auto taken = submit({piece.project, rows.first(count)}); !taken) return taken;
    rows = rows.subspan(count);
  }
  return base::ok;
}

base::Status Follower::submit(const event::ProjectRows& piece) {
  const auto& rows = piece.rows;
  assert(!rows.empty());
  if (rows.front().sequence != next_) {
    return Error{ErrorCode::Corrupt, "event " + std::to_string(rows.front().sequence) +
                                         " of the feed came, but " + std::to_string(next_) +
                                         " was expected"};
  }
  const auto begun = std::chrono::steady_clock::now();
  for (;;) {
    auto submission = parts_.loop.prepare(batch_of(piece, parts_.hasher));
    if (!submission) return submission.error();
    std::promise<base::Result<Receipt>> answered;
    parts_.loop.accept(std::move(*submission), [&answered](base::Result<Receipt> receipt) {
      answered.set_value(std::move(receipt));
    });
    const auto receipt = answered.get_future().get();
    if (receipt && receipt->accepted == rows.size()) {
      next_ += rows.size();
      return base::ok;
    }
    if (receipt) {
      return Error{ErrorCode::Corrupt, "of " + std::to_string(rows.size()) + " events from " +
                                           std::to_string(next_) +
                                           " on the store has some already"};
    }
    if (receipt.error().code() != ErrorCode::Overloaded) return receipt.error();
    if (std::chrono::steady_clock::now() - begun > kStoreBusyTold) {
      note(receipt.error().while_doing("the views take no events"));
    }
    pause(kStoreBusyPause);
    if (stopping()) return Error{ErrorCode::Unavailable, "the service is stopping"};
  }
}

void Follower::note(const base::Status& status) {
  const std::lock_guard lock(mutex_);
  health_ = status;
  if (!status) ++figures_.failures;
  if (!stopping_) static_cast<void>(trouble_.note(status));
}

void Follower::give_up(const base::Error& why) {
  telemetry::error("what this process built from the ledger is no longer valid",
                   {{"reason", why.message()}});
  {
    const std::lock_guard lock(mutex_);
    void_because_ = why.message();
    health_ = why;
  }
  if (options_.on_void) options_.on_void();
}

}  // namespace tidemark::ingest
