#pragma once

/// Translates an error of ours into what a client sees. No other code knows statuses.

#include "base/result.hpp"
#include "http/problem.hpp"
#include "http/response.hpp"

namespace tidemark::api {

/// The message for an internal failure (a disk, a file) names no paths; the log has all details.
http::Problem to_problem(const base::Error& error);

/// A refusal of one field, 422: `invalid_parameter` and the like.
http::Problem invalid(std::string_view field, std::string_view code, std::string message);

}  // namespace tidemark::api
