#pragma once

/// Where the settings in force come from: flag, environment, file, default; the first that is set.

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
  /// What was set and is not used, a sentence each; at most kWarningsMax.
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
  /// The names of all variables that are set: those with our prefix that no setting has are told.
  std::vector<std::string> variables = {};
  /// What a value should have been, where it is of the right form and still none that can be used;
  /// nothing where it can. For what settings know nothing of, such as the names of time zones.
  std::function<std::optional<std::string>(std::string_view name, const std::string& value)>
      expectation = {};
  /// What the system lets this process use; empty: as config::memory_limit tells.
  std::function<MemoryLimit()> memory_limit = {};
  /// Whether the caller uses a setting: a value of another that cannot be read, in the environment
  /// or the file, stops nobody. Without it all are used.
  std::function<bool(std::string_view name)> uses = {};
};

/// A flag wins before a variable of the same setting is read. What Kubernetes sets for a Service of
/// our name (TIDEMARK_PORT=tcp://…) is passed over, with a warning.
///
/// Errors: InvalidInput names the setting, where it was set, what was expected and received.
base::Result<Loaded> load(const Sources& sources);

/// A table for people: name, value, origin, meaning. Secrets are shown as "(hidden)".
std::string describe(const Loaded& loaded);

std::string_view to_string(Origin origin);

}  // namespace tidemark::config
