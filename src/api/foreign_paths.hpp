#pragma once

/// Paths at which other services take events, for whoever points their client here.

#include <string>
#include <string_view>

#include "http/request.hpp"

namespace tidemark::api {

/// A http::Router::Hint: where events are taken, for a path that another service takes them at, or
/// to which something was sent; else where all paths are named.
std::string foreign_path_hint(http::Method method, std::string_view path);

}  // namespace tidemark::api
