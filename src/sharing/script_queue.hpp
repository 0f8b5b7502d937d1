#pragma once

/// Asks Redis for threads that must not wait.

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/result.hpp"
#include "clients/redis/address.hpp"
#include "clients/redis/connection.hpp"
#include "clients/redis/dialer.hpp"
#include "clients/redis/reply.hpp"
#include "clients/redis/script.hpp"

namespace tidemark::sharing {

/// One script, run for each call by a thread with a connection of its own: what has come while one
/// exchange was under way goes together in the next.
///
/// Promise:  every handler is called once, within about four times `answer_max`, however the server
///           fares. While it is away nobody waits for it: connecting happens beside the calls. That
///           it has gone, and that it is back, is logged once each.
/// Errors:   Unavailable: it is away, and nothing was done. Overloaded: a bound of the queue was
///           hit, or the call had to wait for too long, and nothing was done. TimedOut: it was
///           sent and not answered, and nobody knows whether it was done. Else what `error_from`
///           makes of a refusal.
/// Threads:  any; no call blocks. A handler is called on the queue's thread, or before `ask`
///           returns: it hands over and returns.
/// Lifetime: its end answers what still waits.
class ScriptQueue {
 public:
  struct Options {
    std::string_view purpose = {};    ///< for the log, a literal: "rate limits"
    std::string_view meanwhile = {};  ///< what is done while the server is away, a literal
    const char* thread = "redis";
    std::chrono::milliseconds answer_max{100};
    std::size_t calls_max = 10'000;
    std::size_t bytes_max = std::size_t{64} << 20U;
    clients::redis::Pauses::Options pauses = {.most = std::chrono::milliseconds(1'000)};
  };
  struct Call {
    std::vector<std::string> keys = {};
    std::vector<std::string> values = {};
  };
  using Handler = std::function<void(base::Result<clients::redis::Reply>)>;

  ScriptQueue(clients::redis::Address server, clients::redis::Script script, Options options);
  ~ScriptQueue();
  ScriptQueue(const ScriptQueue&) = delete;
  ScriptQueue& operator=(const ScriptQueue&) = delete;

  void ask(Call call, Handler done);

  /// Whether there is a connection. May be over before the call returns.
  [[nodiscard]] bool up() const;
  /// Waits until there is one, for a start that wants its first call shared. False: in vain.
  bool wait_until_up(std::chrono::milliseconds at_most) const;

  struct Figures {
    bool up = false;
    std::uint64_t connects = 0;
    std::uint64_t exchanges = 0;  ///< pipelines that were answered
    std::uint64_t answered = 0;   ///< calls in them
    std::uint64_t lost = 0;       ///< calls that were sent and not answered
    std::uint64_t full = 0;       ///< calls that hit a bound, `answer_max` included
  };
  [[nodiscard]] Figures figures() const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Waiting {
    Call call;
    Handler done;
    std::size_t bytes = 0;
    Clock::time_point asked_at;
  };
  using Calls = std::vector<Waiting>;

  /// Takes `waiting`, or says why not and leaves it as it is.
  base::Status enqueue(Waiting& waiting);
  void run(const std::stop_token& stop);
  void connect(const std::stop_token& stop);
  /// What is to be asked next; nothing: look whether the connection lives.
  Calls take(const std::stop_token& stop);
  void exchange(const Calls& calls);
  /// `sent` was not answered, and what waits is not to wait.
  void lose(const base::Error& why, const Calls& sent);
  Calls take_all_waiting();
  static void answer_all(const Calls& calls, const base::Error& error);

  const clients::redis::Script script_;
  const Options options_;
  clients::redis::Dialer dialer_;  // of the thread, as the next two
  std::optional<clients::redis::Connection> connection_;
  bool told_away_ = false;

  mutable std::mutex mutex_;
  mutable std::condition_variable_any changed_;
  std::deque<Waiting> waiting_;
  std::size_t waiting_bytes_ = 0;
  Figures figures_;

  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace tidemark::sharing
