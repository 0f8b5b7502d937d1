#include "app/wiring/signals.hpp"

#include <cassert>
#include <utility>

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "base/this_thread.hpp"
#include "telemetry/log.hpp"

namespace tidemark::app {
namespace {

using Clock = std::chrono::steady_clock;

// How soon a thread that waits for a signal notices that it is not needed any more.
constexpr std::chrono::milliseconds kTurn{50};

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGHUP);
  sigaddset(&set, SIGUSR1);
  return set;
}

timespec timespec_of(Clock::duration time) {
  assert(time >= Clock::duration::zero());
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
  return {.tv_sec = seconds.count(), .tv_nsec = std::chrono::nanoseconds(time - seconds).count()};
}

/// Nothing for a signal that ends nothing, or none.
std::optional<StopSignal> meaning_of(int signal) {
  switch (signal) {
    case SIGINT:
      return StopSignal::StopNow;
    case SIGTERM:
      return StopSignal::Stop;
    case SIGUSR1:
      return StopSignal::StartAgain;
    case SIGHUP:
      telemetry::info(
          "SIGHUP is ignored, because logs go to standard error; SIGTERM ends the service");
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

}  // namespace

void block_stop_signals() {
  signal(SIGPIPE, SIG_IGN);
  const sigset_t set = stop_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

StopSignal wait_for_stop_signal() {
  const sigset_t set = stop_signals();
  for (;;) {
    int signal = 0;
    sigwait(&set, &signal);
    const auto meaning = meaning_of(signal);
    if (meaning) return *meaning;
  }
}

std::optional<StopSignal> wait_for_stop_signal(std::chrono::seconds at_most) {
  const sigset_t set = stop_signals();
  const auto end = Clock::now() + at_most;
  for (auto now = Clock::now(); now < end; now = Clock::now()) {
    const timespec left = timespec_of(end - now);
    const auto meaning = meaning_of(sigtimedwait(&set, nullptr, &left));
    if (meaning) return meaning;
  }
  return std::nullopt;
}

bool stop_signal_waits() {
  sigset_t pending;
  sigemptyset(&pending);
  sigpending(&pending);
  return sigismember(&pending, SIGINT) == 1 || sigismember(&pending, SIGTERM) == 1;
}

void ask_to_start_again() { kill(getpid(), SIGUSR1); }

void ask_to_stop() { kill(getpid(), SIGINT); }

Impatience::Impatience(std::function<void()> hurry)
    : thread_([hurry = std::move(hurry)](const std::stop_token& stop) {
        base::name_this_thread("signals");
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGINT);
        sigaddset(&set, SIGTERM);
        const timespec turn = timespec_of(kTurn);
        while (!stop.stop_requested()) {
          if (sigtimedwait(&set, nullptr, &turn) < 0) continue;
          telemetry::info("told to stop a second time: cutting off requests in progress");
          hurry();
          return;
        }
      }) {}

Impatience::~Impatience() = default;

}  // namespace tidemark::app
