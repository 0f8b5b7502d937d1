#pragma once

/// From an error of ours to what a client sees: the one place that knows statuses.

#include "base/result.hpp"
#include "http/problem.hpp"
#include "http/response.hpp"

namespace tidemark::api {

/// What failed inside (a disk, a file) is told without paths; the log has the whole of it.
http::Problem to_problem(const base::Error& error);

/// A refusal of one field, 422: `invalid_parameter` and the like.
http::Problem invalid(std::string_view field, std::string_view code, std::string message);

}  // namespace tidemark::api
