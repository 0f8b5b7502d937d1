#pragma once

/// What clients can do to a service so that it is there for nobody else: a script for each bound
/// that they can reach.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <ostream>
#include <stop_token>
#include <string>
#include <vector>

namespace tidemark::attacks {

/// What the connections of an attack do. Each sends its opening; once it is closed, another takes
/// its place with the next opening.
struct Script {
  std::size_t connections = 0;
  std::function<std::string(std::size_t)> opening;  ///< of the n-th connection, counted from 0
  /// What each sends in every round after its opening: empty where it is silent.
  std::string more = {};
  bool reads = true;  ///< what it is answered; else as little as the system takes in by itself
  /// Then it closes by itself and comes back.
  std::chrono::milliseconds stays{std::chrono::hours(1)};
};

/// A figure of /metrics that shows that the attack presses: the sum of the lines that hold `with`
/// grows by so much while it goes on.
struct Evidence {
  std::string figure;
  double least = 1;
  std::string with = {};
};

struct Attack {
  std::string name;  ///< as the name of a test
  Script script;
  Evidence evidence;
  std::vector<std::string> flags = {};                   ///< of the service
  std::function<void(std::uint16_t port)> prepare = {};  ///< what has to be there before it
};

/// Its name, where a test tells which one failed.
inline void PrintTo(const Attack& attack, std::ostream* out) { *out << attack.name; }

/// One for each bound that a client can reach.
std::vector<Attack> attacks();

/// Plays the script against the service at `port` until it is told to stop. The connections come
/// from eight addresses, none of them 127.0.0.1, in turn: many bounds are shared out by address.
void play(const Script& script, std::uint16_t port, const std::stop_token& stop);

/// What /metrics shows for the evidence now; 0 where there is no such line yet.
double figure_of(const Evidence& evidence, std::uint16_t port);

}  // namespace tidemark::attacks
