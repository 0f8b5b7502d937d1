#pragma once

/// A port for a server that a test starts.

#include <cstdint>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tidemark::testing_support {

/// A port of loopback that nothing listens to. Another program may take it before the server does:
/// whoever starts one tries a few times. 0: there is none.
inline std::uint16_t free_port() {
  const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof place;
  auto* generic = reinterpret_cast<sockaddr*>(&place);
  const bool bound = ::bind(probe, generic, length) == 0;
  const bool told = ::getsockname(probe, generic, &length) == 0;
  ::close(probe);
  return bound && told ? ntohs(place.sin_port) : std::uint16_t{0};
}

}  // namespace tidemark::testing_support
