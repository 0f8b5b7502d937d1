#include "views/live/hub.hpp"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <utility>

#include "base/this_thread.hpp"
#include "telemetry/log.hpp"
#include "views/live/message.hpp"

namespace tidemark::views::live {
namespace {

using base::Error;
using base::ErrorCode;

/// The work of one pass: some ten milliseconds, so that the hub soon notices new and gone
/// listeners.
constexpr event::Sequence kPassEventsMax = 20'000;
/// A chunk is closed at this size: the grain in which a slow listener misses events.
constexpr std::size_t kChunkBytes = std::size_t{8} * 1024;
/// However few listen, more than this is not kept for one: it would only be late.
constexpr std::size_t kShareMax = std::size_t{1} << 20;
/// At the end, however fast events still come.
constexpr int kLastPasses = 10;
/// Taking events and answering come first. The system's scale goes from 0 to 19, least important.
constexpr int kNice = 5;

void lower_priority() {
  if (!base::be_nice(kNice)) telemetry::warning("live events run at normal priority", {});
}

}  // namespace

template <class Visit>
void Hub::for_each(Channel& channel, Visit&& visit) {
  std::erase_if(channel.listeners, [&](const std::weak_ptr<Listener>& weak) {
    const auto listener = weak.lock();
    if (listener != nullptr) visit(*listener);
    return listener == nullptr;
  });
}

Hub::Hub(Parts parts, Options options)
    : parts_(std::move(parts)),
      options_(std::move(options)),
      next_tick_(Clock::now()),
      next_pass_(next_tick_) {
  counts_->position_tag = options_.position_tag;
  thread_ = std::thread([this] { run(); });
}

Hub::~Hub() { stop(); }

void Hub::poke() {
  if (counts_->listeners == 0) return;
  {
    const std::lock_guard lock(mutex_);
    news_ = true;
    if (!waits_for_news_) return;
  }
  news_there_.notify_one();
}

base::Result<std::shared_ptr<Listener>> Hub::listen(query::EventFilter filter,
                                                    std::optional<event::Sequence> from) {
  auto listener = std::make_shared<Listener>(
      std::move(filter), from ? *from : parts_.publication.current()->position, counts_);
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return Error{ErrorCode::Unavailable, "the service is stopping"};
    if (counts_->listeners > options_.listeners_max) {
      ++refused_;
      return Error{ErrorCode::Overloaded,
                   "too many clients listen to live events (live_listeners_max); try again later"};
    }
    arrivals_.push_back(listener);
    news_ = true;
  }
  news_there_.notify_one();
  return listener;
}

void Hub::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  news_there_.notify_one();
}

void Hub::stop() {
  close();
  if (thread_.joinable()) thread_.join();
}

Hub::Figures Hub::figures() const {
  const std::lock_guard lock(mutex_);
  return {.listeners = counts_->listeners,
          .sent = counts_->sent,
          .missed = counts_->missed,
          .refused = refused_,
          .passed_over = passed_over_};
}

void Hub::run() {
  base::name_this_thread("live");
  lower_priority();
  bool has_all = true;
  while (wait_for_turn(has_all)) {
    const auto begun = Clock::now();
    has_all = pass();
    tick_if_due();
    // It rests at least as long as it worked: half a core is all that live events may take.
    const auto done = Clock::now();
    next_pass_ = done + (done - begun);
    if (has_all) next_pass_ = std::max(next_pass_, begun + options_.pause);
  }
  for (int i = 0; i < kLastPasses; ++i) {
    if (pass()) break;
  }
  end_all();
}

/// False: it was closed.
bool Hub::wait_for_turn(bool has_all) {
  std::unique_lock lock(mutex_);
  news_there_.wait_until(lock, next_pass_, [&] { return closed_; });
  if (has_all) {
    const auto woken = [&] { return news_ || closed_; };
    waits_for_news_ = true;
    if (channels_.empty()) {
      news_there_.wait(lock, woken);
    } else {
      news_there_.wait_until(lock, next_tick_, woken);
    }
    waits_for_news_ = false;
  }
  news_ = false;
  return !closed_;
}

bool Hub::pass() {
  {
    const std::lock_guard lock(mutex_);
    std::ranges::move(arrivals_, std::back_inserter(arriving_));
    arrivals_.clear();
  }
  forget_departed();
  // Taken after the arrivals: it covers all that they may begin with.
  const auto visible = parts_.publication.events();
  if (channels_.empty()) {
    position_ = visible.position;
  } else {
    catch_up_with(visible);
  }
  adopt_arrivals();
  return position_ == visible.position;
}

void Hub::catch_up_with(const query::Visible& visible) {
  assert(position_ <= visible.position);
  if (visible.position - position_ > options_.behind_events_max) {
    pass_over(visible.position - std::min(kPassEventsMax, options_.behind_events_max));
  }
  const auto to = std::min(visible.position, position_ + kPassEventsMax);
  if (to == position_) return;
  wake_together([&] { deliver(visible, to); });
}

void Hub::deliver(const query::Visible& visible, event::Sequence to) {
  assert(position_ < to);
  const auto read = parts_.scan.read(visible, position_, to, [&](const event::ProjectRows& piece) {
    for (const auto& row : piece.rows) offer(piece.project, row);
    return base::Status(base::ok);
  });
  for (auto& [key, channel] : channels_) flush(channel);
  if (read) {
    assert(position_ <= to);
    position_ = to;
    return;
  }
  telemetry::error("live events could not be read and were passed over",
                   {{"reason", std::string_view(read.error().message())}});
  pass_over(to);
}

void Hub::offer(event::ProjectId project, const event::StoredRow& row) {
  assert(row.sequence >= position_);
  row_text_.clear();
  for (auto& [key, channel] : channels_) {
    if (!channel.filter.matches(project, row)) continue;
    if (row_text_.empty()) append_event(row, counts_->position_tag, row_text_);
    channel.gathering.text += row_text_;
    channel.gathering.events += 1;
    channel.gathering.end = row.sequence + 1;
    if (channel.gathering.text.size() >= kChunkBytes) flush(channel);
  }
  position_ = row.sequence + 1;
}

void Hub::flush(Channel& channel) {
  if (channel.gathering.events == 0) return;
  const auto chunk = std::make_shared<const Chunk>(std::exchange(channel.gathering, {}));
  const auto bytes_max = share();
  for_each(channel, [&](Listener& listener) { listener.put(chunk, bytes_max); });
}

void Hub::pass_over(event::Sequence to) {
  assert(to >= position_);
  const auto events = to - position_;
  passed_over_ += events;
  for (auto& [key, channel] : channels_) {
    for_each(channel, [&](Listener& listener) { listener.miss(events, to); });
  }
  position_ = to;
}

std::size_t Hub::share() const {
  const auto listeners = std::max<std::size_t>(counts_->listeners, 1);
  return std::min(kShareMax, options_.bytes_max / listeners);
}

void Hub::adopt_arrivals() {
  if (arriving_.empty()) return;
  if (channels_.empty()) next_tick_ = Clock::now() + tick();
  std::erase_if(arriving_, [&](const std::shared_ptr<Listener>& listener) {
    if (listener->from() > position_) return false;
    const auto& filter = listener->filter();
    auto& channel = channels_.try_emplace(filter.key(), filter).first->second;
    channel.listeners.emplace_back(listener);
    listener->begin(position_);
    return true;
  });
}

void Hub::forget_departed() {
  const auto departures = counts_->departures.load();
  if (departures == departures_seen_) return;
  departures_seen_ = departures;
  for (auto& [key, channel] : channels_) for_each(channel, [](const Listener&) {});
  std::erase_if(channels_, [](const auto& named) { return named.second.listeners.empty(); });
}

void Hub::tick_if_due() {
  const auto now = Clock::now();
  if (now < next_tick_) return;
  next_tick_ = now + tick();
  wake_together([&] {
    for (auto& [key, channel] : channels_) {
      for_each(channel, [&](Listener& listener) { listener.tick(position_); });
    }
  });
}

void Hub::wake_together(const std::function<void()>& work) const {
  if (options_.around_wakes) {
    options_.around_wakes(work);
  } else {
    work();
  }
}

void Hub::end_all() {
  for (const auto& listener : arriving_) listener->end();
  arriving_.clear();
  for (auto& [key, channel] : channels_) {
    for_each(channel, [](Listener& listener) { listener.end(); });
  }
  channels_.clear();
}

}  // namespace tidemark::views::live
