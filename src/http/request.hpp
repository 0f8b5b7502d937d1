#pragma once

/// A client's request, as handlers see it.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "http/address.hpp"
#include "http/body.hpp"
#include "http/gate.hpp"
#include "http/limits/memory_budget.hpp"

namespace tidemark::http {

enum class Method : std::uint8_t { Get, Head, Post, Put, Patch, Delete, Options, Other };

/// "GET" and so on; "OTHER" for an unknown method.
[[nodiscard]] std::string_view name_of(Method method) noexcept;
[[nodiscard]] Method method_named(std::string_view name) noexcept;

/// One header line, as sent. Names compare without case.
struct HeaderField {
  std::string_view name;
  std::string_view value;
};

/// One `name=value` of the query, percent-decoded, `+` read as a space.
struct QueryItem {
  std::string name;
  std::string value;
};

/// One request.
///
/// Threads:  belongs to its handler; nothing except `stop` changes while the handler runs.
/// Lifetime: the views in `fields` and `route` point into this object or into the router.
/// Errors:   a request that cannot be decoded never gets here: it was answered with 400.
struct Request {
  Request() = default;
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  Method method = Method::Get;
  std::string head;         ///< the request line and the header lines, as sent
  std::string_view target;  ///< as sent, including the query
  std::string_view path;    ///< as sent, without query, `/api/v1` and trailing slash
  std::string_view route;   ///< the path template that matched, "/events/{event_id}"; empty if none
  std::vector<std::string> path_parameters;  ///< decoded, in the order of the template
  std::vector<QueryItem> query;              ///< in the order sent, repeats kept
  std::vector<HeaderField> fields;           ///< header lines in the order sent
  Body body;
  MemoryBudget::Hold memory;  ///< the memory of the body; code that unpacks it asks for more
  std::uint32_t cost = 1;     ///< in tokens of the rate limit, set by code that reads the body
  Address peer;
  Caller caller;   ///< who sent it, as the gate found out
  std::string id;  ///< the value of `X-Request-Id` in the answer
  bool http_1_0 = false;
  bool tls = false;  ///< it came over TLS
  std::chrono::steady_clock::time_point started;
  std::chrono::steady_clock::time_point deadline;  ///< an answer after it is too late

  /// Asked to stop when the client has gone, the deadline is over or the server ends. Only for
  /// endpoints on a lane or with `watch_client()`; for others it never stops. A
  /// `std::stop_callback` on it interrupts a query.
  std::stop_token stop;

  /// The first header line with that name, white space trimmed; nothing if there is none.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const noexcept;
  /// All header lines with that name, joined by ", "; empty if there is none.
  [[nodiscard]] std::string headers(std::string_view name) const;
  [[nodiscard]] bool cancelled() const noexcept { return stop.stop_requested(); }
};

/// Shared, so that a worker may finish with a request whose connection has gone.
using RequestPtr = std::shared_ptr<Request>;

/// Compares ASCII text without case, as header names require.
[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;

}  // namespace tidemark::http
