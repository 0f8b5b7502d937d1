#pragma once

/// What a request says about who sends it: a key, and the project that it is about.

#include <optional>
#include <string>

#include "http/problem.hpp"
#include "http/request.hpp"

namespace tidemark::access {

struct SentKey {
  std::string text;         ///< empty: none was sent
  bool in_address = false;  ///< sent as `?key=`
};

/// Finds the key in `Authorization: Bearer`, `X-API-Key`, the user name of Basic, or `?key=`, which
/// it takes out of the query. What a proxy in front may have left in `Authorization` is passed over
/// if a key is sent in another way.
///
/// A problem if two different keys are sent: which one counts would be a guess.
std::optional<http::Problem> take_key(http::Request& request, SentKey& sent);

/// The name in `?project=`, which it takes out of the query, or in `X-Tidemark-Project`; empty if
/// the request names none. A problem if it names two.
std::optional<http::Problem> take_project(http::Request& request, std::string& name);

}  // namespace tidemark::access
