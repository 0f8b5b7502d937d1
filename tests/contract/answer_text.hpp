#pragma once

/// Answers as rows that a person can write and compare.

#include <string>
#include <vector>

#include "query/answer.hpp"

namespace tidemark::contract {

/// The rows as query::lines_of shows them, then those of each table beside them, with its name
/// first:
///   dau, wau, mau   `2025-08-01 72`
///   top-events      `login 812 301`: name, count, unique users
///   retention       `2025-08-01 72: 72 28 9? 0?`: day and size of the cohort, users by window; `?`
///                   marks a window that is not complete
///   stickiness      `1 5 8`, and `ratio 2025-08-01 3 8 3/8`
std::vector<std::string> rows_of(const query::Answer& answer);

/// All rows, a line each.
std::string text_of(const query::Answer& answer);

}  // namespace tidemark::contract
