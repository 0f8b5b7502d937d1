#include "http/rate_limit.hpp"

namespace tidemark::http {

std::string RateLimiter::state(const RateDecision& decision) {
  return "\"address\";r=" + std::to_string(decision.left) +
         ";t=" + std::to_string(decision.seconds_to_full);
}

}  // namespace tidemark::http
