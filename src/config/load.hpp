#pragma once

/// Finds the settings in force: flag, environment, file, default; the first one that is set wins.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "config/memory.hpp"
#include "config/settings.hpp"

namespace tidemark::config {

enum class Origin : std::uint8_t { Default, File, Environment, Flag };

struct Loaded {
  Settings settings;
  std::map<std::string, Origin, std::less<>> origins;  ///< by name of the setting
  std::string file;                                    ///< the file that was read, or empty
  /// What was set but is not used, one sentence each; at most kWarningsMax.
  std::vector<std::string> warnings;
  static constexpr std::size_t kWarningsMax = 10;
};

struct Sources {
  /// Values as they were typed, by name (`data_dir`).
  std::map<std::string, std::string, std::less<>> flags;
  /// `std::getenv` in the program, a map in tests.
  std::function<std::optional<std::string>(const std::string& variable)> environment;
  /// `--config`; without it `tidemark.toml` in the working folder is read if it is there.
  std::optional<std::string> file;
  /// The names of all set variables: those with our prefix that belong to no setting are reported.
  std::vector<std::string> variables = {};
  /// The expected value, if a value has the right form but cannot be used; nothing if it can. For
  /// rules that the settings do not know, such as the names of time zones.
  std::function<std::optional<std::string>(std::string_view name, const std::string& value)>
      expectation = {};
  /// What the system lets this process use; empty: use config::memory_limit.
  std::function<MemoryLimit()> memory_limit = {};
  /// Whether the caller uses a setting: an unreadable value of an unused setting, in the
  /// environment or the file, is ignored. Without this function all settings are used.
  std::function<bool(std::string_view name)> uses = {};
};

/// A flag wins before a variable of the same setting is read. What Kubernetes sets for a Service
/// with our name (TIDEMARK_PORT=tcp://…) is skipped, with a warning.
///
/// Errors: InvalidInput names the setting, where it was set, what was expected and what was
///         received.
base::Result<Loaded> load(const Sources& sources);

/// A table for people: name, value, origin, meaning. Secrets are shown as "(hidden)".
std::string describe(const Loaded& loaded);

std::string_view to_string(Origin origin);

}  // namespace tidemark::config
