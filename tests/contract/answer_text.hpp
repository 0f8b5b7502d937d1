#pragma once

/// Answers as rows that a person can write and compare.

#include <string>
#include <vector>

#include "query/answer.hpp"

namespace tidemark::contract {

/// One row each:
///   dau, wau, mau   `2025-08-01 72`
///   top-events      `812 301 login`: count, unique users, name
///   retention       `2025-08-01 72: 72 28 9? -`: day and size of the cohort, users by window; `?`
///                   marks a window that is not complete, `-` one that has not begun
std::vector<std::string> rows_of(const query::Answer& answer);

/// All rows, a line each.
std::string text_of(const query::Answer& answer);

}  // namespace tidemark::contract
