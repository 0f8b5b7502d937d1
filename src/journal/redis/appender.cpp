#include "journal/redis/appender.hpp"

#include <algorithm>
#include <cassert>
#include <span>
#include <utility>

#include "base/this_thread.hpp"
#include "journal/journal.hpp"
#include "journal/redis/durability.hpp"
#include "journal/redis/scripts.hpp"

namespace tidemark::journal::redis {
namespace {

using base::Error;
using base::ErrorCode;
using clients::redis::Reply;
using Clock = std::chrono::steady_clock;

clients::redis::Dialer::Options greeted(clients::redis::Dialer::Options options) {
  options.greet = check_durability;
  return options;
}

Error at_bytes_max() {
  return {ErrorCode::Overloaded,
          "the queue is full (queue_bytes_max): the workers have to catch up first"};
}

/// What the server made of one payload.
base::Result<event::EntryId> place_of(const Reply& reply, std::uint32_t shard) {
  if (reply.is_nil()) return at_bytes_max();
  return position_from(shard, reply.text);
}

/// Clients read it.
Error out_of_memory() {
  return {ErrorCode::Overloaded,
          "the queue's Redis is full: raise its maxmemory, or let the workers catch up"};
}

}  // namespace

Appender::Appender(clients::redis::Address address, Options options)
    : options_(std::move(options)),
      bytes_max_(std::to_string(options_.streams.shard_bytes_max())),
      link_(std::move(address), greeted(options_.dialer)),
      health_(Error{ErrorCode::Unavailable, "Redis was not reached yet"}) {
  assert(options_.streams.check() && "whoever made the options has checked the streams");
  assert(options_.group_entries_max > 0 && options_.group_bytes_max > 0);
  for (std::uint32_t shard = 0; shard < options_.streams.shards; ++shard) {
    keys_.push_back(keys_of(options_.streams, shard));
  }
  thread_ = std::thread([this] { run(); });
}

Appender::~Appender() { stop(); }

void Appender::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_there_.notify_one();
  if (thread_.joinable()) thread_.join();
}

base::Status Appender::admit(std::size_t bytes) {
  if (stopping_) return Error{ErrorCode::Unavailable, "the service is stopping"};
  if (bytes == 0) return Error{ErrorCode::InvalidInput, "an entry of nothing"};
  if (bytes > kContentBytesMax) return Error{ErrorCode::TooLarge, "an entry that is too large"};
  if (figures_.in_flight_bytes > 0 &&
      figures_.in_flight_bytes + bytes > options_.in_flight_bytes_max) {
    ++figures_.refused_in_flight;
    return Error{ErrorCode::Overloaded,
                 "too many events are waiting to be written; try again later"};
  }
  return base::ok;
}

void Appender::append(std::string payload, Handler done) {
  std::unique_lock lock(mutex_);
  if (auto admitted = admit(payload.size()); !admitted) {
    lock.unlock();
    done(admitted.error());
    return;
  }
  figures_.in_flight_bytes += payload.size();
  waiting_.push_back({.payload = std::move(payload),
                      .done = std::move(done),
                      .outcome = Error{ErrorCode::Unavailable, "was not sent"}});
  lock.unlock();
  work_there_.notify_one();
}

base::Status Appender::healthy() const {
  const std::lock_guard lock(mutex_);
  return health_;
}

Appender::Figures Appender::figures() const {
  const std::lock_guard lock(mutex_);
  auto figures = figures_;
  figures.waiting_entries = waiting_.size();
  return figures;
}

void Appender::run() {
  base::name_this_thread("redis-append");
  auto probe_at = Clock::now();
  while (auto group = next_group(probe_at)) {
    if (group->empty()) {
      note_health(probe());
    } else {
      send(*group);
      answer(*group);
    }
    const auto regular = Clock::now() + options_.probe_every;
    probe_at = healthy() ? regular : std::min(regular, link_.dialer().retry_at());
  }
}

std::optional<Appender::Group> Appender::next_group(Clock::time_point probe_at) {
  std::unique_lock lock(mutex_);
  work_there_.wait_until(lock, probe_at, [&] { return stopping_ || !waiting_.empty(); });
  if (stopping_ && waiting_.empty()) return std::nullopt;
  Group group;
  std::size_t bytes = 0;
  while (!waiting_.empty() && group.size() < options_.group_entries_max &&
         bytes < options_.group_bytes_max) {
    bytes += waiting_.front().payload.size();
    group.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  assert(!group.empty() || waiting_.empty());
  return group;
}

// A full server is asked whether there is room again, because there may be no client that tries.
base::Status Appender::probe() {
  auto connection = link_.connection();
  if (!connection) return connection.error();
  std::vector<clients::redis::ScriptCall> calls;
  for (const auto& keys : keys_) calls.push_back({.keys = {keys.bytes}});
  const auto replies = clients::redis::run_all(**connection, room_script(), calls);
  if (!replies) return replies.error();
  for (const auto& reply : *replies) {
    if (reply.is_error("OOM")) return out_of_memory();
    if (reply.kind == Reply::Kind::Error) return clients::redis::error_from(reply);
    if (reply.integer < static_cast<std::int64_t>(options_.streams.shard_bytes_max())) {
      return base::ok;
    }
  }
  return at_bytes_max();
}

void Appender::send(Group& group) {
  const auto begun = Clock::now();
  note_health(exchange(group));
  if (!options_.observe_group) return;
  const std::chrono::duration<double> seconds = Clock::now() - begun;
  options_.observe_group(seconds.count(), group.size());
}

base::Status Appender::exchange(Group& group) {
  const auto fail_all = [&group](const Error& error) {
    for (auto& pending : group) pending.outcome = error;
    return error;
  };
  out_of_memory_ = false;
  assert(!group.empty());
  auto connection = link_.connection();
  if (!connection) return fail_all(connection.error());
  const auto shard = std::exchange(next_shard_, (next_shard_ + 1) % options_.streams.shards);
  assert(shard < keys_.size());
  clients::redis::ScriptCall call{.keys = {keys_[shard].events, keys_[shard].bytes},
                                  .values = {bytes_max_}};
  for (const auto& pending : group) call.values.push_back(pending.payload);
  auto replies = clients::redis::run_all(**connection, append_script(), std::span(&call, 1));
  if (!replies) return fail_all(replies.error().while_doing("appending to the queue"));
  assert(replies->size() == 1);
  const auto& reply = replies->front();
  if (reply.is_error("OOM")) {
    out_of_memory_ = true;
    return fail_all(out_of_memory());
  }
  if (reply.kind == Reply::Kind::Error || reply.items.size() != group.size()) {
    // The server's disk fails, or it is no longer the first server: a new connection finds it out.
    link_.close();
    return fail_all(reply.kind == Reply::Kind::Error
                        ? Error{ErrorCode::Unavailable, clients::redis::error_from(reply).message()}
                        : clients::redis::unexpected("the appending script"));
  }
  bool took_any = false;
  for (std::size_t i = 0; i < group.size(); ++i) {
    group[i].outcome = place_of(reply.items[i], shard);
    took_any = took_any || group[i].outcome;
  }
  if (took_any) return base::ok;
  return group.front().outcome.error();
}

void Appender::note_health(const base::Status& status) {
  const std::lock_guard lock(mutex_);
  health_ = status;
  static_cast<void>(trouble_.note(status));
  figures_.connects = link_.connects();
}

void Appender::answer(Group& group) {
  {
    const std::lock_guard lock(mutex_);
    ++figures_.groups;
    for (const auto& pending : group) {
      assert(figures_.in_flight_bytes >= pending.payload.size());
      figures_.in_flight_bytes -= pending.payload.size();
      if (pending.outcome) {
        ++figures_.appended_entries;
        figures_.appended_bytes += pending.payload.size();
      } else if (pending.outcome.error().code() == ErrorCode::Overloaded) {
        ++(out_of_memory_ ? figures_.refused_memory : figures_.refused_full);
      } else {
        ++figures_.failed;
      }
    }
  }
  const auto all = [&group] {
    for (auto& pending : group) pending.done(std::move(pending.outcome));
  };
  if (options_.around_answers) {
    options_.around_answers(all);
  } else {
    all();
  }
}

}  // namespace tidemark::journal::redis
