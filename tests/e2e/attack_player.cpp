// Plays the scripts of attacks: one thread, connections that never wait for each other.

#include <condition_variable>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string_view>

#include "e2e/attacks.hpp"
#include "support/raw_http.hpp"

namespace tidemark::attacks {
namespace {

using Clock = std::chrono::steady_clock;
using testing_support::RawConnection;

constexpr std::size_t kAddresses = 8;
/// Between two rounds, so that the attackers leave the processors, which they share with who is
/// attacked, to it.
constexpr std::chrono::milliseconds kRound{2};
/// That many are opened in a round: those which are open are not forgotten meanwhile, and they are
/// fewer than the places of `connections_max` that a thread of the service has to give away.
constexpr int kOpenedInRound = 20;

/// One connection of an attack.
class Attacker {
 public:
  Attacker(const Script& script, std::uint16_t port, std::size_t number)
      : script_(script),
        connection_(port, script.reads ? 0 : 4'096,
                    "127.0.0." + std::to_string(2 + number % kAddresses)),
        unsent_(script.opening(number)),
        leaves_(Clock::now() + script.stays) {}

  /// False: it is over with this connection.
  bool step() {
    const bool here = script_.reads ? connection_.forget_what_came() : !connection_.is_given_up();
    if (!here || Clock::now() >= leaves_) return false;
    if (sent_ == unsent_.size()) {
      unsent_ = script_.more;
      sent_ = 0;
    }
    if (unsent_.empty()) return true;
    const auto taken = connection_.offer(std::string_view(unsent_).substr(sent_));
    if (!taken) return false;
    sent_ += *taken;
    return true;
  }

 private:
  const Script& script_;
  RawConnection connection_;
  std::string unsent_;
  std::size_t sent_ = 0;
  Clock::time_point leaves_;
};

}  // namespace

void play(const Script& script, std::uint16_t port, const std::stop_token& stop) {
  std::vector<std::unique_ptr<Attacker>> attackers(script.connections);
  std::size_t opened = 0;
  std::mutex mutex;
  std::condition_variable_any told;
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) {
    int left_to_open = kOpenedInRound;
    for (auto& attacker : attackers) {
      if (attacker && !attacker->step()) attacker.reset();
      if (attacker || left_to_open == 0) continue;
      --left_to_open;
      attacker = std::make_unique<Attacker>(script, port, opened++);
      if (!attacker->step()) attacker.reset();
    }
    told.wait_for(lock, stop, kRound, [] { return false; });
  }
}

double figure_of(const Evidence& evidence, std::uint16_t port) {
  const auto text = testing_support::ask(port, testing_support::bytes_of("GET", "/metrics")).body;
  double sum = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (!line.starts_with(evidence.figure) || line.find(evidence.with) == line.npos) continue;
    const auto end_of_name = line.substr(evidence.figure.size(), 1);
    if (end_of_name != " " && end_of_name != "{") continue;
    sum += std::strtod(std::string(line.substr(line.rfind(' ') + 1)).c_str(), nullptr);
  }
  return sum;
}

}  // namespace tidemark::attacks
