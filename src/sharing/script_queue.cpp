#include "sharing/script_queue.hpp"

#include <cassert>
#include <iterator>
#include <utility>

#include "base/this_thread.hpp"
#include "http/handoff.hpp"
#include "telemetry/log.hpp"

namespace tidemark::sharing {
namespace {

using base::Error;
using base::ErrorCode;
using clients::redis::Reply;
using clients::redis::ScriptCall;

/// The calls of one exchange: enough to hide the round trip, few enough for one `answer_max`.
constexpr std::size_t kPipelineCallsMax = 512;
constexpr std::size_t kPipelineBytesMax = std::size_t{4} << 20U;

/// How often an idle connection is checked: for this long, a restarted server may still cost calls
/// their answer.
constexpr std::chrono::milliseconds kLookEvery{250};

std::size_t bytes_of(const ScriptQueue::Call& call) {
  std::size_t bytes = 0;
  for (const auto& key : call.keys) bytes += key.size();
  for (const auto& value : call.values) bytes += value.size();
  return bytes;
}

std::vector<ScriptCall> views_of(const auto& calls) {
  std::vector<ScriptCall> views;
  views.reserve(calls.size());
  for (const auto& waiting : calls) {
    views.push_back({.keys = {waiting.call.keys.begin(), waiting.call.keys.end()},
                     .values = {waiting.call.values.begin(), waiting.call.values.end()}});
  }
  return views;
}

clients::redis::Dialer::Options dialing(const ScriptQueue::Options& options) {
  return {.connection = {.connect_max = options.answer_max, .command_max = options.answer_max},
          .pauses = options.pauses};
}

}  // namespace

ScriptQueue::ScriptQueue(clients::redis::Address server, clients::redis::Script script,
                         Options options)
    : script_(std::move(script)),
      options_(options),
      dialer_(std::move(server), dialing(options)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

ScriptQueue::~ScriptQueue() {
  thread_.request_stop();
  thread_.join();
  answer_all(take_all_waiting(), {ErrorCode::Unavailable, "the service is stopping"});
}

void ScriptQueue::ask(Call call, Handler done) {
  assert(done);
  const auto bytes = bytes_of(call);
  Waiting waiting{
      .call = std::move(call), .done = std::move(done), .bytes = bytes, .asked_at = Clock::now()};
  const auto accepted = enqueue(waiting);
  if (!accepted) waiting.done(accepted.error());
}

base::Status ScriptQueue::enqueue(Waiting& waiting) {
  const std::lock_guard lock(mutex_);
  if (!figures_.up) return Error{ErrorCode::Unavailable, "Redis is away"};
  if (waiting_.size() >= options_.calls_max ||
      waiting_bytes_ + waiting.bytes > options_.bytes_max) {
    ++figures_.full;
    return Error{ErrorCode::Overloaded, "too many calls are waiting for Redis; try again later"};
  }
  waiting_bytes_ += waiting.bytes;
  waiting_.push_back(std::move(waiting));
  assert(waiting_bytes_ <= options_.bytes_max);
  if (waiting_.size() == 1) changed_.notify_all();
  return base::ok;
}

bool ScriptQueue::up() const {
  const std::lock_guard lock(mutex_);
  return figures_.up;
}

bool ScriptQueue::wait_until_up(std::chrono::milliseconds at_most) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, at_most, [this] { return figures_.up; });
}

ScriptQueue::Figures ScriptQueue::figures() const {
  const std::lock_guard lock(mutex_);
  return figures_;
}

void ScriptQueue::run(const std::stop_token& stop) {
  base::name_this_thread(options_.thread);
  while (!stop.stop_requested()) {
    if (!connection_) {
      connect(stop);
      continue;
    }
    const auto calls = take(stop);
    if (!calls.empty()) {
      exchange(calls);
    } else if (!connection_->alive()) {
      lose({ErrorCode::Unavailable, "Redis: the server closed the connection"}, {});
    }
  }
}

void ScriptQueue::connect(const std::stop_token& stop) {
  auto opened = dialer_.open();
  if (!opened) {
    dialer_.note(opened.error());
    lose(opened.error(), {});
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, stop, dialer_.retry_at(), [] { return false; });
    return;
  }
  dialer_.note(base::ok);
  connection_ = *std::move(opened);
  if (std::exchange(told_away_, false)) {
    telemetry::info("Redis is back", {{"for", options_.purpose}});
  }
  const std::lock_guard lock(mutex_);
  figures_.up = true;
  ++figures_.connects;
  changed_.notify_all();
}

ScriptQueue::Calls ScriptQueue::take(const std::stop_token& stop) {
  Calls calls;
  Calls overdue;
  {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, kLookEvery, [this] { return !waiting_.empty(); });
    const auto oldest = Clock::now() - options_.answer_max;
    std::size_t bytes = 0;
    while (!waiting_.empty() && calls.size() < kPipelineCallsMax && bytes < kPipelineBytesMax) {
      auto next = std::move(waiting_.front());
      waiting_.pop_front();
      assert(waiting_bytes_ >= next.bytes);
      waiting_bytes_ -= next.bytes;
      if (next.asked_at < oldest) {
        overdue.push_back(std::move(next));
        continue;
      }
      bytes += next.bytes;
      calls.push_back(std::move(next));
    }
    assert(!waiting_.empty() || waiting_bytes_ == 0);
    figures_.full += overdue.size();
  }
  answer_all(overdue, {ErrorCode::Overloaded, "Redis is slow"});
  return calls;
}

void ScriptQueue::exchange(const Calls& calls) {
  assert(connection_ && !calls.empty());
  auto replies = clients::redis::run_all(*connection_, script_, views_of(calls));
  if (!replies) return lose(replies.error(), calls);
  assert(replies->size() == calls.size());
  {
    const std::lock_guard lock(mutex_);
    ++figures_.exchanges;
    figures_.answered += calls.size();
  }
  const http::WakeScope together;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    auto& reply = (*replies)[i];
    if (reply.kind == Reply::Kind::Error) {
      calls[i].done(error_from(reply));
    } else {
      calls[i].done(std::move(reply));
    }
  }
}

void ScriptQueue::lose(const Error& why, const Calls& sent) {
  connection_.reset();
  {
    const std::lock_guard lock(mutex_);
    figures_.up = false;
    figures_.lost += sent.size();
  }
  if (!std::exchange(told_away_, true)) {
    telemetry::warning(
        "Redis is away",
        {{"for", options_.purpose}, {"meanwhile", options_.meanwhile}, {"why", why.message()}});
  }
  answer_all(sent, {ErrorCode::TimedOut, "Redis did not answer"});
  answer_all(take_all_waiting(), {ErrorCode::Unavailable, "Redis is away"});
}

ScriptQueue::Calls ScriptQueue::take_all_waiting() {
  const std::lock_guard lock(mutex_);
  Calls all(std::move_iterator(waiting_.begin()), std::move_iterator(waiting_.end()));
  waiting_.clear();
  waiting_bytes_ = 0;
  return all;
}

void ScriptQueue::answer_all(const Calls& calls, const Error& error) {
  const http::WakeScope together;
  for (const auto& waiting : calls) waiting.done(error);
}

}  // namespace tidemark::sharing
