#pragma once

/// Waits for memory that other requests hold.

#include <chrono>
#include <cstddef>

#include "http/request.hpp"
#include "http/task.hpp"

namespace tidemark::http {

/// Makes `request->memory` hold that many bytes. If there is no room, it tries again every few
/// milliseconds; meanwhile the client's bytes are not read, so the client sends no more. That is
/// better than a refusal, because other requests soon give their memory back or are ended. False:
/// there was no room for `at_most`, which is counted.
/// room for `at_most`; that is counted.
Task<bool> hold_within(RequestPtr request, std::size_t bytes, std::chrono::milliseconds at_most);

}  // namespace tidemark::http
