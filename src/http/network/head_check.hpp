#pragma once

/// Checks heads whose lines are well-formed but which still are not requests: the body's end, the
/// host.
///
/// A proxy before this server and the server must read the same bytes as the same requests.
/// Everything that two programs could read in two ways is refused (RFC 9112, 3.2, 6.1, 6.3; RFC
/// 9110, 8.6).

#include <cstddef>
#include <optional>
#include <string_view>

#include "http/problem.hpp"
#include "http/request.hpp"

namespace tidemark::http::network {

/// Checks Transfer-Encoding, Content-Length and Host of a head that the parser accepted.
[[nodiscard]] std::optional<Problem> fault_of_lines(const Request& request);

/// Reduces the absolute form (`http://host/path`) to the part after its host: `/path`, `?query` as
/// `?query`, nothing as `/`, and for OPTIONS as `*`. The host is ignored.
[[nodiscard]] std::optional<Problem> fault_of_target(Request& request, std::size_t bytes_max);

/// `host` or `host:port`: a name, an IPv4 address or an IPv6 address in brackets (RFC 3986, 3.2.2).
[[nodiscard]] bool is_authority(std::string_view text);

}  // namespace tidemark::http::network
