#include "config/variables.hpp"

#include <algorithm>
#include <array>
#include <numeric>

namespace tidemark::config {
namespace {

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// "6379_TCP" or "6379_TCP_ADDR".
bool is_port_of_service(std::string_view text) {
  const auto number = text.substr(0, text.find('_'));
  if (!is_number(number)) return false;
  const auto rest = text.substr(number.size());
  constexpr std::array<std::string_view, 3> kProtocols{"_TCP", "_UDP", "_SCTP"};
  constexpr std::array<std::string_view, 4> kEnds{"", "_ADDR", "_PORT", "_PROTO"};
  return std::ranges::any_of(kProtocols, [&](std::string_view protocol) {
    return rest.starts_with(protocol) &&
           std::ranges::find(kEnds, rest.substr(protocol.size())) != kEnds.end();
  });
}

/// How many letters have to be put in, taken out or changed.
std::size_t distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::size_t corner = row[0];
    row[0] = i + 1;
    for (std::size_t k = 0; k < to.size(); ++k) {
      const auto changed = corner + (from[i] == to[k] ? 0 : 1);
      corner = row[k + 1];
      row[k + 1] = std::min({changed, corner + 1, row[k] + 1});
    }
  }
  return row.back();
}

}  // namespace

bool is_service_address(std::string_view value) {
  const auto scheme = value.substr(0, value.find("://"));
  constexpr std::array<std::string_view, 3> kSchemes{"tcp", "udp", "sctp"};
  if (std::ranges::find(kSchemes, scheme) == kSchemes.end()) return false;
  const auto colon = value.rfind(':');
  return colon > scheme.size() + 3 && is_number(value.substr(colon + 1));
}

bool is_service_link(std::string_view variable, std::string_view value) {
  if (!variable.starts_with(kVariablePrefix)) return false;
  // With the underscore, for a Service named `tidemark`.
  const auto name = variable.substr(kVariablePrefix.size() - 1);
  if (name.ends_with("_SERVICE_HOST") || name.ends_with("_SERVICE_PORT")) return true;
  if (name.find("_SERVICE_PORT_") != std::string_view::npos) return true;
  if (name.ends_with("_PORT") && is_service_address(value)) return true;
  for (auto at = name.find("_PORT_"); at != std::string_view::npos; at = name.find("_PORT_", at)) {
    at += std::string_view("_PORT_").size();
    if (is_port_of_service(name.substr(at))) return true;
    --at;  // the underscore may begin the next one
  }
  return false;
}

bool is_of_our_tests(std::string_view variable) {
  // A name, or the beginning of names if an underscore follows it.
  constexpr std::array<std::string_view, 15> kOfTests{
      "SHARED",    "REQUIRE_SHARED", "PROGRAM",      "FUZZ_SECONDS", "CONTRACT_",
      "QUESTIONS", "CRASH_",         "SERVER_KILLS", "FAKE_CLOCK",   "FAKE_CLOCK_",
      "BENCH_",    "SOURCE_DIR",     "SERVER_DIR",   "WEB_ROOT",     "SANITIZE"};
  if (!variable.starts_with(kVariablePrefix)) return false;
  const auto name = variable.substr(kVariablePrefix.size());
  return std::ranges::any_of(kOfTests, [&](std::string_view known) {
    return known.ends_with('_') ? name.starts_with(known) : name == known;
  });
}

std::optional<std::string> nearest(std::string_view unknown,
                                   const std::vector<std::string>& known) {
  constexpr std::size_t kNameBytesMax = 64;  // longer is not a slip of the finger
  if (unknown.size() > kNameBytesMax) return std::nullopt;
  std::optional<std::string> best;
  // A third of its letters, or it is another word.
  auto least = std::max<std::size_t>(unknown.size() / 3, 2) + 1;
  for (const auto& name : known) {
    const auto steps = distance(unknown, name);
    if (steps >= least) continue;
    least = steps;
    best = name;
  }
  return best;
}

}  // namespace tidemark::config
