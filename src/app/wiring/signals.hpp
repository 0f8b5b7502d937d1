#pragma once

/// How the program is told from outside to end.

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <thread>

namespace tidemark::app {

/// Blocks SIGINT, SIGTERM, SIGHUP and SIGUSR1 in this thread and in those that it starts, so that
/// they do not end the process by themselves. Call it first. Nor does the process end when a reader
/// of its output goes away.
void block_stop_signals();

enum class StopSignal : std::uint8_t {
  Stop,        ///< SIGTERM: from a supervisor, which can wait a while
  StopNow,     ///< SIGINT: from a person at a terminal
  StartAgain,  ///< SIGUSR1: by `ask_to_start_again`, or by hand
};
/// Returns when one of them has come. SIGHUP (a terminal that closes, a log rotator) is logged and
/// ignored: logs go to standard error, and the program that reads them rotates them.
StopSignal wait_for_stop_signal();
/// The same for at most this long; nothing if none came.
std::optional<StopSignal> wait_for_stop_signal(std::chrono::seconds at_most);
/// Whether a stopping signal has come that nobody has waited for yet.
bool stop_signal_waits();
/// Makes the thread that waits for a signal stop and start again. From any thread.
void ask_to_start_again();
/// Makes that thread stop, as SIGINT does. From any thread.
void ask_to_stop();

/// While it lives, another SIGTERM or SIGINT calls `hurry`, once and on a thread of its own,
/// because the end takes too long for somebody.
class Impatience {
 public:
  explicit Impatience(std::function<void()> hurry);
  ~Impatience();
  Impatience(const Impatience&) = delete;
  Impatience& operator=(const Impatience&) = delete;

 private:
  std::jthread thread_;
};

}  // namespace tidemark::app
