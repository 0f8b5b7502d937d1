#pragma once

/// The head of an answer, and the lines of every answer.

#include <optional>
#include <string>
#include <string_view>

#include "http/network/shared.hpp"
#include "http/request.hpp"
#include "http/response.hpp"

namespace tidemark::http::network {

/// What the head depends on in addition to the response.
struct Answering {
  const Request& request;
  const Shared& shared;
  std::string_view date;
  const RateDecision* rate = nullptr;
  bool keep_alive = true;
};

/// Renders a problem, and compresses if the client accepts it. Worth doing on a worker.
void prepare(Response& response, const Request& request, bool compress);

/// Replaces `out` by the head of the answer, including its empty line.
void write_head(std::string& out, const Response& response, const Answering& answering);

/// Whether the answer has a body: not for HEAD, 1xx, 204, 304.
[[nodiscard]] bool has_body(const Response& response, const Request& request) noexcept;

/// Whether a page of another origin, which is not an allowed one, sends the request without a
/// preflight. A page of ours, or a client that is not a browser, is not a stranger.
[[nodiscard]] bool is_of_a_stranger(const Request& request, const Cors& cors);

/// The answer to OPTIONS, preflight or not.
[[nodiscard]] Response options_answer(const Request& request, const Cors& cors,
                                      std::string_view allow);

}  // namespace tidemark::http::network
