#include "clients/redis/dialer.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace tidemark::clients::redis {

Pauses::Pauses(Options options, std::uint64_t seed)
    : options_(options), whole_(options.first), random_(seed) {
  assert(options.first.count() >= 0 && options.first <= options.most);
}

std::chrono::milliseconds Pauses::next() {
  const auto whole = whole_.count();
  whole_ = std::min(options_.most, whole_ * 2);
  return std::chrono::milliseconds(
      std::uniform_int_distribution<std::chrono::milliseconds::rep>(whole / 2, whole)(random_));
}

Dialer::Dialer(Address address, Options options)
    : address_(std::move(address)),
      options_(std::move(options)),
      pauses_(options_.pauses, options_.seed) {}

base::Status Dialer::ready() const {
  if (last_failure_ && options_.now() < retry_at_) return *last_failure_;
  return base::ok;
}

base::Result<Connection> Dialer::open() const {
  auto connection = Connection::open(address_, options_.connection);
  if (!connection || !options_.greet) return connection;
  if (auto greeted = options_.greet(*connection); !greeted) return greeted.error();
  return connection;
}

void Dialer::note(const base::Status& outcome) {
  if (outcome) {
    last_failure_.reset();
    pauses_.reset();
    return;
  }
  // Attempts of several threads that began together are one failure.
  const bool pausing = last_failure_ && options_.now() < retry_at_;
  last_failure_ = outcome.error();
  if (pausing) return;
  retry_at_ = options_.now() + pauses_.next();
}

}  // namespace tidemark::clients::redis
