#include "http/address.hpp"

#include <algorithm>

#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>

namespace tidemark::http {

bool Address::is_v4() const noexcept {
  return std::all_of(bytes.begin(), bytes.begin() + 10, [](std::uint8_t b) { return b == 0; }) &&
         bytes[10] == 0xff && bytes[11] == 0xff;
}

bool Address::is_loopback() const noexcept {
  if (is_v4()) return bytes[12] == 127;
  return std::all_of(bytes.begin(), bytes.end() - 1, [](std::uint8_t b) { return b == 0; }) &&
         bytes[15] == 1;
}

std::string Address::text() const {
  using boost::asio::ip::address_v4;
  using boost::asio::ip::address_v6;
  if (is_v4()) return address_v4({bytes[12], bytes[13], bytes[14], bytes[15]}).to_string();
  return address_v6(bytes).to_string();
}

}  // namespace tidemark::http
