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

/// One script, which a thread with its own connection runs for each call. The calls that come
/// during one exchange go together in the next one.
///
/// Promise:  every handler is called once, within about four times `answer_max`, whatever happens
///           to the server. While the server is away, no call waits for it: connecting happens
///           beside the calls. One line each is logged when the server goes away and when it is
///           back.
/// Errors:   Unavailable: the server is away, and nothing was done. Overloaded: a bound of the
///           queue was reached, or the call had to wait too long, and nothing was done. TimedOut:
///           the call was sent and not answered, and it is unknown whether it was done. Otherwise
///           what `error_from` makes of a refusal.
/// Threads:  any; no call blocks. A handler is called on the queue's thread, or before `ask`
///           returns: it must hand over and return.
/// Lifetime: its destructor answers the calls that still wait.
class ScriptQueue {
 public:
  struct Options {
    std::string_view purpose = {};    ///< for the log, a literal: "rate limits"
    std::string_view meanwhile = {};  ///< what happens while the server is away, a literal
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

  /// Whether there is a connection. It may be lost before the call returns.
  [[nodiscard]] bool up() const;
  /// Waits until there is a connection, for a start that wants its first call shared. False: in
  /// vain.
  bool wait_until_up(std::chrono::milliseconds at_most) const;

  struct Figures {
    bool up = false;
    std::uint64_t connects = 0;
    std::uint64_t exchanges = 0;  ///< pipelines that were answered
    std::uint64_t answered = 0;   ///< calls in them
    std::uint64_t lost = 0;       ///< calls that were sent and not answered
    std::uint64_t full = 0;       ///< calls that reached a bound, including `answer_max`
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

  /// Takes `waiting`, or returns why not and leaves it unchanged.
  base::Status enqueue(Waiting& waiting);
  void run(const std::stop_token& stop);
  void connect(const std::stop_token& stop);
  /// The calls to send next; nothing: check whether the connection is alive.
  Calls take(const std::stop_token& stop);
  void exchange(const Calls& calls);
  /// `sent` was not answered, and the waiting calls must not wait any longer.
  void lose(const base::Error& why, const Calls& sent);
  Calls take_all_waiting();
  static void answer_all(const Calls& calls, const base::Error& error);

  const clients::redis::Script script_;
  const Options options_;
  clients::redis::Dialer dialer_;  // used by the thread only, as the next two members
  std::optional<clients::redis::Connection> connection_;
  bool told_away_ = false;

  mutable std::mutex mutex_;
  mutable std::condition_variable_any changed_;
  std::deque<Waiting> waiting_;
  std::size_t waiting_bytes_ = 0;
  Figures figures_;

  std::jthread thread_;  // last: it uses all members above
};

}  // namespace tidemark::sharing
