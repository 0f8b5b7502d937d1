#include "journal/redis/appender.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "base/thread_name.hpp"
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

/// What the server made of one payload.
base::Result<StreamPosition> place_of(const Reply& reply, std::uint32_t shard) {
  if (reply.is_nil()) return Error{ErrorCode::Overloaded, "the workers have to catch up first"};
  return position_from(shard, reply.text);
}

/// Why it takes none of them.
Error refusal_of(const Reply& reply) {
  const auto error = clients::redis::error_from(reply);
  if (error.code() == ErrorCode::Overloaded) {
    return Error{ErrorCode::Overloaded, "the memory of the queue is full"};
  }
  // No client of ours can mend what else a server may say.
  return Error{ErrorCode::Unavailable, error.message()};
}

}  // namespace

Appender::Appender(clients::redis::Address address, Options options)
    : options_(std::move(options)),
      bytes_max_(std::to_string(options_.streams.shard_bytes_max())),
      link_(std::move(address), greeted(options_.dialer)),
      health_(Error{ErrorCode::Unavailable, "Redis was not reached yet"}) {
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
    return Error{ErrorCode::Overloaded, "too many events wait to be written"};
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
  return group;
}

base::Status Appender::probe() {
  auto connection = link_.connection();
  if (!connection) return connection.error();
  auto answered = (*connection)->command({"PING"});
  if (!answered) return answered.error();
  return base::ok;
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
  auto connection = link_.connection();
  if (!connection) return fail_all(connection.error());
  const auto shard = std::exchange(next_shard_, (next_shard_ + 1) % options_.streams.shards);
  clients::redis::ScriptCall call{.keys = {keys_[shard].events, keys_[shard].bytes},
                                  .values = {bytes_max_}};
  for (const auto& pending : group) call.values.push_back(pending.payload);
  auto reply = clients::redis::run(**connection, append_script(), call);
  if (!reply) return fail_all(reply.error().while_doing("appending to the queue"));
  if (reply->kind == Reply::Kind::Error) {
    const auto error = refusal_of(*reply);
    fail_all(error);
    if (error.code() != ErrorCode::Unavailable) return base::ok;  // full is not broken
    // Its disk fails, or it is no longer the first server: who connects anew hears what it is.
    link_.close();
    return error;
  }
  if (reply->items.size() != group.size()) {
    link_.close();
    return fail_all(clients::redis::unexpected("the appending script"));
  }
  for (std::size_t i = 0; i < group.size(); ++i) {
    group[i].outcome = place_of(reply->items[i], shard);
  }
  return base::ok;
}

void Appender::note_health(const base::Status& status) {
  const std::lock_guard lock(mutex_);
  health_ = status;
  figures_.connects = link_.connects();
}

void Appender::answer(Group& group) {
  {
    const std::lock_guard lock(mutex_);
    ++figures_.groups;
    for (const auto& pending : group) {
      figures_.in_flight_bytes -= pending.payload.size();
      if (pending.outcome) {
        ++figures_.appended_entries;
        figures_.appended_bytes += pending.payload.size();
      } else if (pending.outcome.error().code() == ErrorCode::Overloaded) {
        ++figures_.refused_full;
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
