#pragma once

/// Environment variables that begin like ours but are not settings: where they come from, or which
/// setting was meant.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark::config {

inline constexpr std::string_view kVariablePrefix = "TIDEMARK_";

/// Whether Kubernetes (and Docker's links) sets this variable in a container by itself: for a
/// Service named `tidemark-redis` it sets TIDEMARK_REDIS_SERVICE_HOST, …_SERVICE_PORT_NAME, …_PORT,
/// …_PORT_6379_TCP, …_PORT_6379_TCP_ADDR and more.
bool is_service_link(std::string_view variable, std::string_view value);

/// Whether the value is one of …_PORT and …_PORT_6379_TCP: "tcp://10.96.0.12:6379".
bool is_service_address(std::string_view value);

/// Whether the tests and benchmarks of this repository read the variable.
bool is_of_our_tests(std::string_view variable);

/// The name of `known` that is most similar; nothing if none is similar.
std::optional<std::string> nearest(std::string_view unknown, const std::vector<std::string>& known);

}  // namespace tidemark::config
