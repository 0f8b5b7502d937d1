#pragma once

/// What a setting must be beyond its form, so that a wrong one is told before anything is touched.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark::app {

/// For config::Sources: what was expected, where `value` cannot be used for the setting `name`.
std::optional<std::string> setting_expectation(std::string_view name, const std::string& value);

/// For config::Sources: whether a command (its first word) looks at the setting. Where that is not
/// certain it does.
bool uses_setting(std::string_view command, std::string_view setting);

/// The origins that `cors_origins` lists: cut at commas, without blanks and empty ones.
std::vector<std::string> origins_of(const std::string& list);

}  // namespace tidemark::app
