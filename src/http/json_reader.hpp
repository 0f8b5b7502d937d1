#pragma once

/// Reads small JSON documents into a tree; `wire` reads events, which are many.

#include <string_view>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/result.hpp"

namespace tidemark::http {

/// Errors: InvalidInput: not one JSON value in UTF-8, or nested deeper than 32 levels.
[[nodiscard]] base::Result<boost::json::value> read_json(std::string_view text);

}  // namespace tidemark::http
