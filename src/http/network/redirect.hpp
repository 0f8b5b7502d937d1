#pragma once

/// The answer of a plain port beside one that speaks TLS: the same place, over TLS.

#include <cstdint>

#include "http/request.hpp"
#include "http/response.hpp"

namespace tidemark::http::network {

/// 308 to the host that the client named, with the path and the query as sent; the port is left out
/// where it is 443. A host that is no plain name or address gets 400: it would end up in a link.
[[nodiscard]] Response redirect_answer(const Request& request, std::uint16_t https_port);

}  // namespace tidemark::http::network
