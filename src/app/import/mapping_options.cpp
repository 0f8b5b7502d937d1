#include "app/import/mapping_options.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/import/presets.hpp"
#include "wire/csv.hpp"

namespace tidemark::app {
namespace {

using base::Error;
using base::ErrorCode;
using wire::Field;
using wire::Mapping;
using wire::OtherColumns;
using wire::TimeUnit;

std::vector<std::string> parts_of(std::string_view list) {
  std::vector<std::string> parts;
  while (!list.empty()) {
    const auto end = std::min(list.find(','), list.size());
    if (end > 0) parts.emplace_back(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return parts;
}

std::vector<std::string>& columns_of(Mapping& mapping, Field field) {
  return mapping.columns[static_cast<std::size_t>(field)];
}

std::optional<Field> field_named(std::string_view name) {
  const auto* const found = std::ranges::find(wire::kFieldNames, name);
  if (found == wire::kFieldNames.end()) return std::nullopt;
  return static_cast<Field>(found - wire::kFieldNames.begin());
}

struct Assignment {
  Field field;
  std::string value;
};

base::Result<Assignment> assignment_of(const std::string& flag, const std::string& text) {
  const auto equals = std::min(text.find('='), text.size());
  const auto field = field_named(std::string_view(text).substr(0, equals));
  if (!field || equals + 1 >= text.size()) {
    return Error{ErrorCode::InvalidInput,
                 flag + " must be FIELD=" + (flag == "--set" ? "VALUE" : "COLUMN") +
                     ", where FIELD is event_id, occurred_at, user_id, event_type or properties; "
                     "received \"" +
                     text + "\""};
  }
  return Assignment{.field = *field, .value = text.substr(equals + 1)};
}

std::optional<TimeUnit> unit_named(std::string_view name) {
  if (name == "seconds") return TimeUnit::Seconds;
  if (name == "milliseconds") return TimeUnit::Milliseconds;
  if (name == "microseconds") return TimeUnit::Microseconds;
  if (name == "nanoseconds") return TimeUnit::Nanoseconds;
  return std::nullopt;
}

void take_preset(const ImportPreset& preset, Mapping& mapping) {
  columns_of(mapping, Field::EventId) = parts_of(preset.event_id);
  columns_of(mapping, Field::OccurredAt) = parts_of(preset.occurred_at);
  columns_of(mapping, Field::UserId) = parts_of(preset.user_id);
  columns_of(mapping, Field::EventType) = parts_of(preset.event_type);
  columns_of(mapping, Field::Properties) = parts_of(preset.properties);
  mapping.id_columns = parts_of(preset.event_id_from);
  mapping.id_columns_may_miss = true;
  mapping.time_unit = unit_named(preset.time_unit);
  mapping.others = OtherColumns::Properties;
}

/// The first flag of a field replaces what a preset says of it, the next ones add to that.
base::Status take_columns(const ImportOptions& options, Mapping& mapping) {
  std::array<bool, wire::kFieldsCount> replaced{};
  for (const auto& text : options.columns) {
    const auto named = assignment_of("--column", text);
    if (!named) return named.error();
    auto& columns = columns_of(mapping, named->field);
    if (!std::exchange(replaced.at(static_cast<std::size_t>(named->field)), true)) columns.clear();
    columns.push_back(named->value);
  }
  if (!options.user_id_from.empty()) {
    if (replaced.at(static_cast<std::size_t>(Field::UserId))) {
      return Error{ErrorCode::InvalidInput,
                   "--user-id-from and --column user_id=… exclude each other; give one of them"};
    }
    columns_of(mapping, Field::UserId) = parts_of(options.user_id_from);
  }
  return base::ok;
}

base::Status take_fixed(const ImportOptions& options, Mapping& mapping) {
  for (const auto& text : options.fixed) {
    const auto given = assignment_of("--set", text);
    if (!given) return given.error();
    if (given->field == Field::EventId) {
      return Error{ErrorCode::InvalidInput,
                   "--set event_id would give all events the same id; use --event-id-from instead"};
    }
    columns_of(mapping, given->field).clear();
    mapping.fixed[static_cast<std::size_t>(given->field)] = given->value;
  }
  return base::ok;
}

}  // namespace

void add_mapping_options(const Command& command, ImportOptions& options) {
  std::vector<std::string> presets;
  for (const auto& preset : import_presets()) presets.emplace_back(preset.name);
  command.option("--preset", &options.preset, "Read files as this product exports them")
      .one_of(presets);
  command
      .option("--column", &options.columns,
              "FIELD=COLUMN: take FIELD from COLUMN, which may be a path such as "
              "properties.distinct_id. May be repeated")
      .repeated();
  command
      .option("--set", &options.fixed,
              "FIELD=VALUE: set FIELD to VALUE in every row. May be repeated")
      .repeated();
  command
      .option("--rest", &options.others,
              "What to do with other columns: properties, ignore or error [error]")
      .one_of({"properties", "ignore", "error"});
  command.option("--event-id-from", &options.event_id_from,
                 "COLUMN,…: make the event id from these columns where a row has no id; equal "
                 "values give equal ids");
  command.option("--user-id-from", &options.user_id_from,
                 "COLUMN,…: use the first of these columns that has a value");
  command
      .option("--time-unit", &options.time_unit,
              "Unit of numbers in occurred_at, counted since 1970 [milliseconds]")
      .one_of({"seconds", "milliseconds", "microseconds", "nanoseconds"});
  command.option("--delimiter", &options.delimiter,
                 "Character between cells: , ; | or tab [by the header]");
}

base::Result<std::shared_ptr<const wire::Mapping>> mapping_of(const ImportOptions& options) {
  auto mapping = std::make_shared<Mapping>();
  for (const auto& preset : import_presets()) {
    if (preset.name == options.preset) take_preset(preset, *mapping);
  }
  if (auto taken = take_columns(options, *mapping); !taken) return taken.error();
  if (auto taken = take_fixed(options, *mapping); !taken) return taken.error();
  if (!options.event_id_from.empty()) {
    mapping->id_columns = parts_of(options.event_id_from);
    mapping->id_columns_may_miss = false;
  }
  if (options.others == "properties") mapping->others = OtherColumns::Properties;
  if (options.others == "ignore") mapping->others = OtherColumns::Ignored;
  if (options.others == "error") mapping->others = OtherColumns::Refused;
  if (!options.time_unit.empty()) mapping->time_unit = unit_named(options.time_unit);
  if (mapping->is_plain()) return std::shared_ptr<const Mapping>();
  return std::shared_ptr<const Mapping>(std::move(mapping));
}

base::Result<std::optional<char>> delimiter_of(const ImportOptions& options) {
  if (options.delimiter.empty()) return std::optional<char>();
  if (options.delimiter == "tab" || options.delimiter == "\\t") return std::optional('\t');
  const bool known = options.delimiter.size() == 1 &&
                     wire::kDelimiters.find(options.delimiter) != std::string_view::npos;
  if (known) return std::optional(options.delimiter.front());
  return Error{ErrorCode::InvalidInput,
               "--delimiter must be , ; | or tab; received \"" + options.delimiter + "\""};
}

}  // namespace tidemark::app
