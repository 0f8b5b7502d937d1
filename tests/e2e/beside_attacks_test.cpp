// Whatever clients do at the bounds of the service, another client is served as before: for each
// bound that a client can reach, a script that presses on it is played, and the time that an honest
// client's requests take is compared with what they take when it is alone.
//
// TIDEMARK_ATTACK_SECONDS: how long it is measured beside each attack; the test takes 1.5 s.

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>

#include "e2e/attacks.hpp"
#include "support/service_process.hpp"

namespace tidemark {
namespace {

using namespace std::chrono_literals;
using attacks::Attack;
using Clock = std::chrono::steady_clock;
using testing_support::ServiceProcess;
using testing_support::TemporaryFolder;
using Milliseconds = std::chrono::duration<double, std::milli>;

/// A machine that tests share stalls for tens of milliseconds by itself. What this guards against
/// were faults of 1 to 44 s.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr Milliseconds kAlwaysGood{1'000};  // and what is looked at runs ten times slower
#else
constexpr Milliseconds kAlwaysGood{250};
#endif
constexpr double kSlowerAtMost = 10;
/// An honest client asks so often, and a probe comes so often on a connection of its own.
constexpr std::chrono::milliseconds kPace{5};
constexpr std::uint64_t kRequestsAProbe = 20;
/// What those who probe wait, as a rule.
constexpr std::chrono::milliseconds kProbeWaits{1'000};

struct Measured {
  std::vector<Milliseconds> took;  ///< sorted
  std::size_t refused = 0;
  std::string first_refusal;
  std::size_t probes_failed = 0;

  [[nodiscard]] Milliseconds quantile(double share) const {
    if (took.empty()) return {};
    return took[std::min(took.size() - 1,
                         static_cast<std::size_t>(share * static_cast<double>(took.size())))];
  }
};

/// Sends an event, asks a question, sends an event, and so on, at its pace. One that is answered
/// late counts also for those that it held up, each with the time that was left when it was due:
/// else one stall of a second would be one request among hundreds.
class HonestClient {
 public:
  explicit HonestClient(std::uint16_t port) : port_(port), client_({.port = port}) {}

  /// Runs in a thread of its own, for so long.
  Measured measure(std::chrono::milliseconds how_long) {
    Measured measured;
    std::thread([&] { ask_for(how_long, measured); }).join();
    std::ranges::sort(measured.took);
    return measured;
  }

 private:
  void ask_for(std::chrono::milliseconds how_long, Measured& measured) {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable nobody;
    const auto end = Clock::now() + how_long;
    for (auto due = Clock::now(); due < end; due = std::max(due + kPace, Clock::now())) {
      nobody.wait_until(lock, due, [&] { return Clock::now() >= due; });
      const auto begun = Clock::now();
      const auto answer = next_request();
      const auto took = Clock::now() - begun;
      for (auto late = took; late > Clock::duration::zero(); late -= kPace) {
        measured.took.push_back(late);
      }
      const bool served = answer && (answer->status == 200 || answer->status == 202);
      if (!served && measured.refused++ == 0) {
        measured.first_refusal = answer ? answer->body : answer.error().message();
      }
      if (asked_ % kRequestsAProbe == 0 && !probe()) ++measured.probes_failed;
    }
  }
  base::Result<http::ClientResponse> next_request() {
    if (asked_++ % 2 == 1) return client_.get("/stats/dau?from=2025-08-01&to=2025-08-02");
    return client_.post("/events", R"({"event_id":"honest-)" + std::to_string(asked_) +
                                       R"(","occurred_at":"2025-08-01T10:00:00Z",)"
                                       R"("user_id":"honest","event_type":"login"})");
  }
  [[nodiscard]] bool probe() const {
    http::Client fresh({.port = port_, .connect_max = kProbeWaits, .answer_max = kProbeWaits});
    const auto answer = fresh.get("/healthz");
    return answer && answer->status == 200;
  }

  std::uint16_t port_;
  http::Client client_;
  std::uint64_t asked_ = 0;
};

std::chrono::milliseconds time_beside() {
  const char* seconds = std::getenv("TIDEMARK_ATTACK_SECONDS");
  return seconds == nullptr ? 1'500ms : std::chrono::seconds(std::atoi(seconds));
}

/// The most memory that the process has had, in MiB.
std::size_t peak_memory(const ServiceProcess& service) {
  std::ifstream status("/proc/" + std::to_string(service.process_id()) + "/status");
  for (std::string word; status >> word;) {
    std::size_t kibibytes = 0;
    if (word == "VmHWM:" && status >> kibibytes) return kibibytes / 1'024;
  }
  return 0;
}

void print(const Attack& attack, const Measured& alone, const Measured& beside,
           const ServiceProcess& service) {
  std::printf("%-42s alone %6.1f %6.1f  beside %6.1f %6.1f ms (p50, p99)  peak %zu MiB\n",
              attack.name.c_str(), alone.quantile(0.5).count(), alone.quantile(0.99).count(),
              beside.quantile(0.5).count(), beside.quantile(0.99).count(), peak_memory(service));
}

class BesideAttacks : public testing::TestWithParam<Attack> {
 protected:
  /// Until the attack presses as it is meant to.
  static void wait_for(const attacks::Evidence& evidence, double before, std::uint16_t port) {
    for (const auto end = Clock::now() + 20s; Clock::now() < end; std::this_thread::yield()) {
      if (attacks::figure_of(evidence, port) - before >= evidence.least) return;
    }
    FAIL() << evidence.figure << ' ' << evidence.with << " did not grow by " << evidence.least;
  }
};

TEST_P(BesideAttacks, AnHonestClientIsServedAsBefore) {
  const auto& attack = GetParam();
  const TemporaryFolder folder;
  const ServiceProcess service(folder.path(), attack.flags);
  ASSERT_FALSE(service.url().empty());
  if (attack.prepare) attack.prepare(service.port());
  HonestClient honest(service.port());
  const auto alone = honest.measure(500ms);
  EXPECT_EQ(alone.refused, 0U) << alone.first_refusal;

  const double before = attacks::figure_of(attack.evidence, service.port());
  const std::jthread attackers(
      [&](const std::stop_token& stop) { attacks::play(attack.script, service.port(), stop); });
  ASSERT_NO_FATAL_FAILURE(wait_for(attack.evidence, before, service.port()));
  const auto beside = honest.measure(time_beside());

  print(attack, alone, beside, service);
  EXPECT_EQ(beside.refused, 0U) << beside.first_refusal;
  EXPECT_EQ(beside.probes_failed, 0U);
  EXPECT_LE(beside.quantile(0.99).count(),
            std::max(kSlowerAtMost * alone.quantile(0.99), kAlwaysGood).count());
}

INSTANTIATE_TEST_SUITE_P(Bounds, BesideAttacks, testing::ValuesIn(attacks::attacks()),
                         [](const auto& attack) { return attack.param.name; });

}  // namespace
}  // namespace tidemark
