#pragma once

/// Where the settings in force come from: flag, environment, file, default; the first that is set.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "config/memory.hpp"
#include "config/settings.hpp"

namespace tidemark::config {

enum class Origin : std::uint8_t { Default, File, Environment, Flag };

struct Loaded {
  Settings settings;
  std::map<std::string, Origin, std::less<>> origins;  ///< by name of the setting
  std::string file;                                    ///< the file that was read, or empty
};

struct Sources {
  /// Values as they were typed, by name (`data_dir`).
  std::map<std::string, std::string, std::less<>> flags;
  /// `std::getenv` in the program, a map in tests.
  std::function<std::optional<std::string>(const std::string& variable)> environment;
  /// `--config`; without it `tidemark.toml` in the working folder is read if it is there.
  std::optional<std::string> file;
  /// What a value should have been, where it is of the right form and still none that can be used;
  /// nothing where it can. For what settings know nothing of, such as the names of time zones.
  std::function<std::optional<std::string>(std::string_view name, const std::string& value)>
      expectation = {};
  /// What the system lets this process use; empty: as config::memory_limit tells.
  std::function<MemoryLimit()> memory_limit = {};
};

/// Errors: InvalidInput names the setting, where it was set, what was expected and received.
base::Result<Loaded> load(const Sources& sources);

/// A table for people: name, value, origin, meaning. Secrets are shown as "(hidden)".
std::string describe(const Loaded& loaded);

std::string_view to_string(Origin origin);

}  // namespace tidemark::config
