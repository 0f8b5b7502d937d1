#pragma once

/// Paths at which other services take events, for users who point such a client here.

#include <string>
#include <string_view>

#include "http/request.hpp"

namespace tidemark::api {

/// A http::Router::Hint. For a path at which another service takes events, or to which something
/// was sent, it tells where events are taken; for any other path, where all paths are listed.
std::string foreign_path_hint(http::Method method, std::string_view path);

}  // namespace tidemark::api
