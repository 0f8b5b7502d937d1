#pragma once

/// Environment variables that begin as ours do and are no settings: whose they are, or what was
/// meant.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark::config {

inline constexpr std::string_view kVariablePrefix = "TIDEMARK_";

/// Whether Kubernetes (and Docker's links) gives a container this one by itself: for a Service
/// named `tidemark-redis` it sets TIDEMARK_REDIS_SERVICE_HOST, …_SERVICE_PORT_NAME, …_PORT,
/// …_PORT_6379_TCP, …_PORT_6379_TCP_ADDR and more.
bool is_service_link(std::string_view variable, std::string_view value);

/// Whether it is the value of …_PORT and …_PORT_6379_TCP: "tcp://10.96.0.12:6379".
bool is_service_address(std::string_view value);

/// Whether the tests and benchmarks of this repository read it.
bool is_of_our_tests(std::string_view variable);

/// The one of `known` that is most like it; nothing where none is like it.
std::optional<std::string> nearest(std::string_view unknown, const std::vector<std::string>& known);

}  // namespace tidemark::config
