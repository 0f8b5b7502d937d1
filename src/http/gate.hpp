#pragma once

/// Who may call an endpoint, and the seam by which the server finds out who calls.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/problem.hpp"

namespace tidemark::http {

struct EndpointDoc;
struct Request;

/// Who may call an endpoint. Every endpoint declares it.
enum class Access : std::uint8_t {
  Anyone,      ///< no key is asked for
  Write,       ///< those who send events to the project
  Read,        ///< those who ask about the project
  Admin,       ///< those who administer the project
  AdminOfAll,  ///< those who administer every project
};

std::string_view name_of(Access access) noexcept;
/// The kinds of keys that may: {"write", "admin"}; empty if no key is asked for.
std::vector<std::string_view> keys_that_may(Access access);

/// Who sent a request.
struct Caller {
  /// The number of the project that the request is about.
  std::uint32_t project = 0;
  /// The caller may administer every project.
  bool all_projects = false;
  /// For the audit: "key 3 (deploy)"; empty where nobody had to say who they are.
  std::string name = {};
};

/// Threads:  any.
/// Lifetime: must outlive the server.
class Gate {
 public:
  virtual ~Gate() = default;

  /// Decides by the head alone, before the body is read. `endpoint` is null if the path or the
  /// method is not known: then only what holds for every request is checked.
  ///
  /// None: the request may go on. `request.caller` says who sent it, and what the gate itself reads
  /// of the query (`key`, `project`) is no longer in `request.query`.
  virtual std::optional<Problem> admit(Request& request, const EndpointDoc* endpoint) = 0;
};

}  // namespace tidemark::http
