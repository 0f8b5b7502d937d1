#pragma once

/// How the program is told to end, from outside.

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <thread>

namespace tidemark::app {

/// Blocks SIGINT, SIGTERM, SIGHUP and SIGUSR1 in this thread and those that it starts, so that they
/// end nothing by themselves. Call first. A reader of our output that goes away ends nothing
/// either.
void block_stop_signals();

enum class StopSignal : std::uint8_t {
  Stop,        ///< SIGTERM: a supervisor that can wait a while
  StopNow,     ///< SIGINT: somebody at a terminal
  StartAgain,  ///< SIGUSR1: by `ask_to_start_again`, or by hand
};
/// Returns when one of them has come. SIGHUP (a terminal that closes, a rotator of logs) is told in
/// the log and passed over: logs go to standard error, and whoever reads it rotates them.
StopSignal wait_for_stop_signal();
/// The same for so long; nothing where none came.
std::optional<StopSignal> wait_for_stop_signal(std::chrono::seconds at_most);
/// Whether one to stop has come, and nobody has waited for it yet.
bool stop_signal_waits();
/// Makes the thread that waits for a signal stop and start again. From any thread.
void ask_to_start_again();
/// Makes it stop, as SIGINT does. From any thread.
void ask_to_stop();

/// As long as it lives, another SIGTERM or SIGINT calls `hurry`, once and on a thread of its own:
/// somebody who waits for an end that takes too long.
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
