#pragma once

/// Checks of settings beyond their form, so that a wrong one is reported before anything is
/// touched.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark::app {

/// For config::Sources: what was expected, if `value` cannot be used for the setting `name`.
std::optional<std::string> setting_expectation(std::string_view name, const std::string& value);

/// For config::Sources: whether a command (its first word) uses the setting. In doubt it does.
bool uses_setting(std::string_view command, std::string_view setting);

/// The items of a list such as `cors_origins`: split at commas, without blanks and empty ones.
std::vector<std::string> list_of(const std::string& list);

}  // namespace tidemark::app
