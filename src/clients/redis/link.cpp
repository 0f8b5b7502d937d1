#include "clients/redis/link.hpp"

#include <utility>

namespace tidemark::clients::redis {

Link::Link(Address address, Dialer::Options options)
    : dialer_(std::move(address), std::move(options)) {}

base::Result<Connection*> Link::connection() {
  if (connection_ && connection_->alive() && connection_->outstanding() == 0) return &*connection_;
  connection_.reset();
  if (auto ready = dialer_.ready(); !ready) return ready.error();
  auto opened = dialer_.open();
  if (!opened) {
    dialer_.note(opened.error());
    return opened.error();
  }
  dialer_.note(base::ok);
  ++connects_;
  connection_ = std::move(*opened);
  return &*connection_;
}

}  // namespace tidemark::clients::redis
