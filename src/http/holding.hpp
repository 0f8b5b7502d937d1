#pragma once

/// Waiting for memory that others hold.

#include <chrono>
#include <cstddef>

#include "http/request.hpp"
#include "http/task.hpp"

namespace tidemark::http {

/// Makes `request->memory` hold that many bytes. Where there is no room it asks again every few
/// milliseconds, and the client, whose bytes are not read meanwhile, sends no more: better than a
/// refusal, because whoever holds memory gives it back soon or is sent away. False: there was no
/// room for `at_most`; that is counted.
Task<bool> hold_within(RequestPtr request, std::size_t bytes, std::chrono::milliseconds at_most);

}  // namespace tidemark::http
