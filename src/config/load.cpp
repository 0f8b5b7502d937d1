#include "config/load.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <sstream>

#include <toml++/toml.h>

#include "config/memory.hpp"
#include "config/variables.hpp"

namespace tidemark::config {
namespace {

using base::Error;
using base::ErrorCode;

constexpr std::string_view kDefaultFile = "tidemark.toml";

/// "64MiB" and "64 KiB" beside plain digits, so that sizes can be read.
std::optional<std::int64_t> parse_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  auto unit = text.substr(static_cast<std::size_t>(end - text.data()));
  if (!unit.empty() && unit.front() == ' ') unit.remove_prefix(1);
  std::int64_t factor = 0;
  if (unit.empty()) factor = 1;
  if (unit == "KiB") factor = kKiB;
  if (unit == "MiB") factor = kMiB;
  if (unit == "GiB") factor = 1024 * kMiB;
  std::int64_t product = 0;
  if (factor == 0 || __builtin_mul_overflow(number, factor, &product)) return std::nullopt;
  return product;
}

std::string expectation(const SettingRow& row) {
  if (std::holds_alternative<bool Settings::*>(row.member)) return "true or false";
  if (std::holds_alternative<std::int64_t Settings::*>(row.member)) {
    return "a whole number from " + std::to_string(row.min) + " to " + std::to_string(row.max);
  }
  std::string list = "one of";
  for (const auto choice : row.choices) list += " " + std::string(choice);
  return list;
}

bool assign(Settings& settings, const SettingRow& row, const std::string& value) {
  if (const auto* text = std::get_if<std::string Settings::*>(&row.member)) {
    if (!row.choices.empty() && std::ranges::find(row.choices, value) == row.choices.end()) {
      return false;
    }
    settings.** text = value;
    return true;
  }
  if (const auto* flag = std::get_if<bool Settings::*>(&row.member)) {
    settings.** flag = value == "true" || value == "1" || value == "yes";
    return settings.**flag || value == "false" || value == "0" || value == "no";
  }
  const auto number = parse_number(value);
  if (!number || *number < row.min || *number > row.max) return false;
  settings.*std::get<std::int64_t Settings::*>(row.member) = *number;
  return true;
}

std::string shown(const SettingRow& row, const std::string& value) {
  return row.secret ? "(hidden)" : "\"" + value + "\"";
}

const SettingRow* find_row(std::string_view name) {
  const auto& rows = setting_rows();
  const auto row = std::ranges::find(rows, name, &SettingRow::name);
  return row == rows.end() ? nullptr : &*row;
}

std::string name_of(const SettingRow& row) { return std::string(row.name); }
std::string variable_of(const SettingRow& row) { return row.variable(); }

std::vector<std::string> names_of(std::string (*name)(const SettingRow&)) {
  std::vector<std::string> names;
  std::ranges::transform(setting_rows(), std::back_inserter(names), name);
  return names;
}

/// "; did you mean …?", or nothing.
std::string meant(const std::string& unknown, const std::vector<std::string>& known) {
  const auto name = nearest(unknown, known);
  return name ? "; did you mean " + *name + "?" : "";
}

/// Values of one source, and where each was set.
struct Placed {
  const std::map<std::string, std::string, std::less<>>& values;
  Origin origin;
  std::string place;
};

base::Status assign_all(Loaded& into, const Sources& sources, const Placed& placed) {
  for (const auto& [name, value] : placed.values) {
    const SettingRow* row = find_row(name);
    if (row == nullptr) {
      return Error{ErrorCode::InvalidInput, placed.place + ": unknown setting \"" + name + "\"" +
                                                meant(name, names_of(&name_of)) +
                                                " (`tidemark config` lists all settings)"};
    }
    auto expected =
        assign(into.settings, *row, value) ? std::nullopt : std::optional(expectation(*row));
    if (!expected && sources.expectation) expected = sources.expectation(name, value);
    const bool stops = placed.origin == Origin::Flag || !sources.uses || sources.uses(name);
    if (expected && !stops) continue;
    if (expected) {
      return Error{ErrorCode::InvalidInput, placed.place + ": " + name + " must be " + *expected +
                                                ", received " + shown(*row, value)};
    }
    into.origins[name] = placed.origin;
  }
  return base::ok;
}

using Values = std::map<std::string, std::string, std::less<>>;

/// The value as it would be written on the command line; nothing if it has another type than the
/// setting. A number may be a text, because `"64MiB"` is one.
std::optional<std::string> text_of(const toml::node& node, const SettingRow& row) {
  if (const auto text = node.value_exact<std::string>()) return *text;
  if (std::holds_alternative<std::int64_t Settings::*>(row.member)) {
    if (const auto number = node.value_exact<std::int64_t>()) return std::to_string(*number);
  }
  if (std::holds_alternative<bool Settings::*>(row.member)) {
    if (const auto flag = node.value_exact<bool>()) return *flag ? "true" : "false";
  }
  return std::nullopt;
}

std::string_view kind_of(const toml::node& node) {
  if (node.is_array()) return "a list";
  if (node.is_table()) return "a table";
  if (node.is_integer()) return "a whole number without quotes";
  if (node.is_floating_point()) return "a fraction";
  if (node.is_boolean()) return "true or false without quotes";
  return "a date or a time";
}

std::string expected_kind(const SettingRow& row) {
  const bool text = std::holds_alternative<std::string Settings::*>(row.member);
  if (!text) return expectation(row);
  return row.choices.empty() ? "a text in quotes" : expectation(row) + ", in quotes";
}

/// Reads one line's value into `into`.
base::Status assign_node(Loaded& into, const Sources& sources, const std::string& place,
                         const std::pair<std::string, const toml::node&>& line) {
  const auto& [name, node] = line;
  const SettingRow* const row = find_row(name);
  const auto text = row == nullptr ? std::optional<std::string>("") : text_of(node, *row);
  if (!text) {
    return Error{ErrorCode::InvalidInput, place + ": " + name + " must be " + expected_kind(*row) +
                                              ", received " + std::string(kind_of(node))};
  }
  const Values one{{name, *text}};
  return assign_all(into, sources, {one, Origin::File, place});
}

base::Status read_file(Loaded& into, const Sources& sources, const std::string& path) {
  try {
    const toml::table table = toml::parse_file(path);
    for (const auto& [key, node] : table) {
      const std::string place = path + ":" + std::to_string(node.source().begin.line);
      auto assigned = assign_node(into, sources, place, {std::string(key.str()), node});
      if (!assigned) return assigned;
    }
  } catch (const toml::parse_error& error) {
    std::ostringstream text;
    text << path << ":" << error.source().begin.line << ": " << error.description();
    return Error{ErrorCode::InvalidInput, text.str()};
  }
  return base::ok;
}

/// Afterwards `memory_max` is the value in force, and each bound that shares it is at most its
/// share, unless it was set.
base::Status settle_memory(Loaded& loaded, const Sources& sources) {
  if (sources.uses && !sources.uses("memory_max")) return base::ok;
  auto& settings = loaded.settings;
  if (settings.memory_max != 0 && settings.memory_max < kMemoryMin) {
    return Error{ErrorCode::InvalidInput, "memory_max must be 0, or at least " +
                                              std::to_string(kMemoryMin / kMiB) + "MiB; received " +
                                              std::to_string(settings.memory_max) + " bytes"};
  }
  if (settings.memory_max == 0) {
    const auto limit = sources.memory_limit ? sources.memory_limit() : memory_limit();
    settings.memory_max = default_memory_max(limit);
  }
  fit_into_memory(settings, [&](std::string_view name) {
    return loaded.origins.find(name)->second == Origin::Default;
  });
  return base::ok;
}

bool is_number(const SettingRow& row) {
  return std::holds_alternative<std::int64_t Settings::*>(row.member);
}

void warn(Loaded& loaded, std::string text) {
  if (loaded.warnings.size() < Loaded::kWarningsMax) loaded.warnings.push_back(std::move(text));
}

void warn_of_unknown(Loaded& loaded, const Sources& sources) {
  const auto known = names_of(&variable_of);
  for (const auto& variable : sources.variables) {
    if (!variable.starts_with(kVariablePrefix) || is_of_our_tests(variable)) continue;
    if (std::ranges::find(known, variable) != known.end()) continue;
    const auto value = sources.environment ? sources.environment(variable) : std::nullopt;
    if (is_service_link(variable, value.value_or(""))) continue;
    warn(loaded, "the environment variable " + variable.substr(0, 100) +
                     " does not belong to a setting" + meant(variable, known));
  }
}

base::Status read_environment(Loaded& loaded, const Sources& sources) {
  std::string passed_over;
  for (const auto& row : setting_rows()) {
    const auto variable = row.variable();
    if (sources.flags.contains(row.name)) continue;
    const auto value = sources.environment ? sources.environment(variable) : std::nullopt;
    if (!value) continue;
    if (is_number(row) && is_service_address(*value)) {
      passed_over += (passed_over.empty() ? "" : ", ") + variable;
      continue;
    }
    const Values one{{std::string(row.name), *value}};
    auto assigned =
        assign_all(loaded, sources, {one, Origin::Environment, "environment variable " + variable});
    if (!assigned) return assigned.error();
  }
  if (!passed_over.empty()) {
    warn(loaded, passed_over +
                     " is ignored, because it holds the address that Kubernetes sets for a Service "
                     "of that name; enableServiceLinks: false in the pod removes it");
  }
  warn_of_unknown(loaded, sources);
  return base::ok;
}

}  // namespace

base::Result<Loaded> load(const Sources& sources) {
  Loaded loaded;
  for (const auto& row : setting_rows()) loaded.origins[std::string(row.name)] = Origin::Default;

  std::error_code unreadable;
  const std::string path = sources.file.value_or(std::string(kDefaultFile));
  const bool there = std::filesystem::is_regular_file(path, unreadable);
  if (sources.file && !there) {
    return Error{ErrorCode::InvalidInput, "--config: there is no file \"" + path + "\""};
  }
  if (there) {
    auto read = read_file(loaded, sources, path);
    if (!read) return read.error();
    loaded.file = path;
  }

  if (auto read = read_environment(loaded, sources); !read) return read.error();

  for (const auto& [name, value] : sources.flags) {
    const SettingRow* row = find_row(name);
    const std::string place = "flag " + (row == nullptr ? name : row->flag());
    const Values one{{name, value}};
    auto assigned = assign_all(loaded, sources, {one, Origin::Flag, place});
    if (!assigned) return assigned.error();
  }
  auto settled = settle_memory(loaded, sources);
  if (!settled) return settled.error();
  return loaded;
}

std::string describe(const Loaded& loaded) {
  std::ostringstream out;
  for (const auto& row : setting_rows()) {
    const auto value = row.secret ? "(hidden)" : row.value_of(loaded.settings);
    const auto origin = loaded.origins.find(row.name);
    std::string line(row.name);
    line.resize(std::max<std::size_t>(line.size(), 24), ' ');
    line += " " + (value.empty() ? "\"\"" : value);
    line.resize(std::max<std::size_t>(line.size() + 1, 44), ' ');
    line += std::string(to_string(origin->second));
    line.resize(std::max<std::size_t>(line.size() + 1, 57), ' ');
    out << line << row.meaning << "\n";
  }
  return out.str();
}

std::string_view to_string(Origin origin) {
  switch (origin) {
    case Origin::Default:
      return "default";
    case Origin::File:
      return "file";
    case Origin::Environment:
      return "environment";
    case Origin::Flag:
      return "flag";
  }
  return "";
}

}  // namespace tidemark::config
