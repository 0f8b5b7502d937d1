#pragma once

/// The address of a client.

#include <array>
#include <cstdint>
#include <string>

namespace tidemark::http {

/// An IP address; IPv4 is kept in its IPv4-mapped form.
struct Address {
  std::array<std::uint8_t, 16> bytes{};
  std::uint16_t port = 0;

  [[nodiscard]] bool is_v4() const noexcept;
  [[nodiscard]] bool is_loopback() const noexcept;
  /// Without the port: "127.0.0.1", "2001:db8::1".
  [[nodiscard]] std::string text() const;
};

}  // namespace tidemark::http
